export const policy = 'without a default export'
