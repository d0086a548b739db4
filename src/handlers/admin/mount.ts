/** `/admin/{rest+}` → `/admin`: what stands before the parameter that takes the rest. */
export function mountPoint(template: string): string {
  return template.replace(/\/\{[^{}/]*\+\}$/, '')
}
