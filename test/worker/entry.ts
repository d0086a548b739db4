export default { fetch: () => new Response('the test Worker') }
