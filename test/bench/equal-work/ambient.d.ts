/** Made by Ajv before a run: whether a value is an order, `orderSchema` of `test/bench/order.ts`. */
declare module '#order' {
  export function validate(value: unknown): boolean
}

/** https://tc39.es/proposal-arraybuffer-base64/, which the types of this target do not have yet. */
interface Base64Options {
  readonly alphabet: 'base64url'
  readonly omitPadding?: boolean
}
interface Uint8Array {
  toBase64(options: Base64Options): string
}
interface Uint8ArrayConstructor {
  fromBase64(text: string, options: Base64Options): Uint8Array<ArrayBuffer>
}
