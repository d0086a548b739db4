/** The one function in use. The types on npm bring four more packages. */
declare module 'swagger2openapi' {
  interface Options {
    /** Mends small faults of the document. */
    readonly patch?: boolean
    /** Notes what it cannot convert as extensions instead of giving up. */
    readonly warnOnly?: boolean
    /** Whether references to other files are followed. */
    readonly resolve?: boolean
    readonly anchors?: boolean
  }

  const library: {
    convertObj(
      swagger: object,
      options: Options,
    ): Promise<{ readonly openapi: Record<string, unknown> }>
  }
  export default library
}
