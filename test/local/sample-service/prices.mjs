export const handler = async () => ({ price: 1 });
