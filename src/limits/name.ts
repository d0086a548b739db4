/**
 * Tells the name of a policy's counters by its name on the route. Policies of `policies.json` have one of their
 * own; inline ones all have the policy's, and are told apart by what is different about them.
 *
 * @param policy the policy's folder, `rate-limit`
 */
export function countersName(
  policy: string,
  distinguishing: readonly unknown[],
): (step: string | undefined) => string {
  const inline = `${policy} ${JSON.stringify(distinguishing)}`
  return (step = '') => (step === policy ? inline : step)
}
