export const handler = async (event) => {
  if (event.rawPath === '/orders/boom') throw new Error('boom');
  const { AWS_LAMBDA_FUNCTION_VERSION: version, ZONE: zone, COLOUR: colour } = process.env;
  return { route: event.routeKey, version, zone, colour, hasTable: Boolean(process.env.TABLE_NAME) };
};
