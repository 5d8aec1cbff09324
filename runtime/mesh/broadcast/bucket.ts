/** Token buckets: so much at once, so much for ever. Pure. */

export interface Bucket {
  tokens: number;
  atMs: number;
}

/** @returns false, and nothing taken, when fewer than `cost` are left. */
export function take(bucket: Bucket, perSecond: number, burst: number, nowMs: number, cost = 1): boolean {
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
  bucket.atMs = nowMs;
  if (bucket.tokens < cost) return false;
  bucket.tokens -= cost;
  return true;
}
