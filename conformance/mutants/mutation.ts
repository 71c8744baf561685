import type { PackContext, SlotMethods, SlotName } from '@greentic/sdk';

/** One way to break a correct pack, and the check that has to notice. */
export interface Mutation<S extends SlotName> {
  readonly killedBy: string;
  /** What the broken pack does differently from the reference it is given. */
  apply(reference: SlotMethods[S], context: PackContext): Partial<SlotMethods[S]>;
}

/** The mutations of a slot by name; the compiler checks each, and keeps the names. */
export type Mutations<S extends SlotName> = Readonly<Record<string, Mutation<S>>>;

/** The reference with the mutation that the answer `mutation` names, or as it is. */
export function mutate<S extends SlotName>(
  reference: SlotMethods[S],
  mutations: Mutations<S>,
  context: PackContext,
): SlotMethods[S] {
  const mutation = mutations[String(context.answers['mutation'])];
  return mutation === undefined ? reference : { ...reference, ...mutation.apply(reference, context) };
}

/** Whether an error has this code. */
export function hasCode(error: unknown, code: string): boolean {
  return (error as { code?: unknown } | null)?.code === code;
}
