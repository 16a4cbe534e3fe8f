/** Where the host gives no `onProblem`, or one that throws. */
export const warn = (problem: string): void => process.emitWarning(problem, 'PaysessionPostgres');
