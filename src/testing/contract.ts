/** What a contract suite needs of a test runner: Jest, Vitest, Mocha and node:test all have it. */
export type Runner = Readonly<{
  describe: (title: string, body: () => void) => void;
  it: (title: string, body: () => Promise<void>) => void;
}>;
