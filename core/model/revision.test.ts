import { describe, expect, test } from 'vitest';
import { assertTransition, type Revision, RevisionState, TRANSITIONS } from './revision.ts';

const revision = (state: RevisionState) => ({ id: 'desk.acme.1', state }) as unknown as Revision;

describe('revision', () => {
  test('every step of the table is allowed and every other refused', () => {
    for (const from of RevisionState.options) {
      for (const to of RevisionState.options) {
        const step = () => assertTransition(revision(from), to);
        if (TRANSITIONS[from].includes(to)) expect(step).not.toThrow();
        else
          expect(step).toThrow(
            expect.objectContaining({ code: 'revision/transition', details: expect.objectContaining({ from, to }) }),
          );
      }
    }
  });

  test('a revision becomes ready only from warming, or back from draining; never from staged', () => {
    const before = RevisionState.options.filter((state) => TRANSITIONS[state].includes('ready'));
    expect(before).toEqual(['warming', 'draining']);
  });

  test('every state but archived can end, and archived is the end', () => {
    expect(TRANSITIONS.archived).toEqual([]);
    for (const state of RevisionState.options.filter((each) => each !== 'archived')) {
      expect(TRANSITIONS[state]).toContain('archived');
    }
  });
});
