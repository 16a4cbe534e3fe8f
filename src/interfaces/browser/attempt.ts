/** Runs what may fail without harm to the payment. The page learns of it as of any error of its own. */
export function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    reportError(error);
  }
}
