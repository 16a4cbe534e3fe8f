/** Asks again and again until the answer fits, and answers the last one: what never fits fails where it is compared. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  fits: (answer: T) => boolean,
  patienceMs = 15_000,
): Promise<T> {
  for (const end = performance.now() + patienceMs; ;) {
    const answer = await ask();
    if (fits(answer) || performance.now() > end) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
