export interface WalkResult { releases: number; walks: number; troubles: number; broken: string[]; ends: Record<string, number> }
export async function runWalks(_folder: string, _job: { seed: number; releases: number; path?: string }): Promise<WalkResult> { throw new Error('later'); }
