import { readFileSync } from 'node:fs';

/** The code blocks of one language in a page of docs/, in order: what a user copies is what is tested. */
export function codeBlocks(page: string, language: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].flatMap(([, found, code]) => (found === language ? [code!] : []));
}
