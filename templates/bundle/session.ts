const NAME = 'desk-session';

/** The cookie that says which visitor this is; a new visitor gets a new one. */
export class SessionCookie {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  static of(request: Request): SessionCookie {
    const cookies = request.headers.get('cookie') ?? '';
    const id = new RegExp(`(?:^|; )${NAME}=([0-9a-f-]{36})(?:;|$)`).exec(cookies)?.[1];
    return new SessionCookie(id ?? crypto.randomUUID());
  }

  header(maxAgeSeconds: number): string {
    return `${NAME}=${this.id}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`;
  }
}
