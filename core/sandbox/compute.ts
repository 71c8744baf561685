export function compute(json: string): string { return json; }
