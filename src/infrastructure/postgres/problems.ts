import { failureInWords } from '../../application/due-work.ts';

export type Tell = (problem: string) => void;

export const warn: Tell = (problem) => process.emitWarning(problem, 'PaysessionPostgres');

/** Tells the host. One that throws when it is told ends neither a worker nor a sweep. */
export const safely =
  (onProblem: Tell): Tell =>
  (problem) => {
    try {
      onProblem(problem);
    } catch (thrown) {
      warn(`onProblem: ${failureInWords(thrown)}`);
    }
  };
