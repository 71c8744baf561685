/** One place where the tree breaks a rule of the house. */
export interface Finding {
  /** Path relative to the root, with forward slashes. */
  readonly file: string;
  /** 1-based; 1 when the whole file is meant. */
  readonly line: number;
  /** Short name of the rule: `arrow`, `cycle`. */
  readonly rule: string;
  readonly message: string;
  /** The way out. */
  readonly hint: string;
}

/** A finding as text: where, which rule, what, and the way out. */
export function describeFinding({ file, line, rule, message, hint }: Finding): string {
  return `${file}:${line}: ${rule}: ${message}\n    ${hint}`;
}
