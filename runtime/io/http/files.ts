/**
 * The page's files: a fixed list, read from disk when asked for and never kept, because a browser revalidates by ETag and
 * the disk cache holds them already. Nothing of the request becomes part of a path.
 */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { COMMON_HEADERS, HttpRefusal } from "./reply.js";

/** Files that end in .gz were packed when the page was built, and are unpacked only for who cannot (curl, a script).
 *  Request path → file in the page's folder, its type, and whether it is shown to those without a token. */
export const PAGE_FILES: ReadonlyMap<string, { readonly file: string; readonly type: string; readonly open: boolean }> =
  new Map([
    ["/", { file: "index.html", type: "text/html; charset=utf-8", open: false }],
    ["/page.js", { file: "page.js.gz", type: "text/javascript; charset=utf-8", open: false }],
    // What page.js shares with annex.js; and what it fetches when a person invites, joins or replays.
    ["/chunk.js", { file: "chunk.js.gz", type: "text/javascript; charset=utf-8", open: false }],
    ["/annex.js", { file: "annex.js.gz", type: "text/javascript; charset=utf-8", open: false }],
    // The page that refuses is styled with it.
    ["/page.css", { file: "page.css.gz", type: "text/css; charset=utf-8", open: true }],
  ]);

/** @throws HttpRefusal 404 when the page was not built. */
export async function sendPageFile(
  request: IncomingMessage,
  response: ServerResponse,
  pageDir: string,
  entry: { readonly file: string; readonly type: string },
): Promise<void> {
  const file = await open(join(pageDir, entry.file)).catch(() => {
    throw new HttpRefusal(404, "BAD_USAGE", `the page's file ${entry.file} is missing: build the project first`);
  });
  try {
    const { size, mtimeMs } = await file.stat();
    const etag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
    const packed = entry.file.endsWith(".gz");
    const unpack = packed && !/\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
    const headers = {
      ...COMMON_HEADERS,
      "Content-Type": entry.type,
      "Cache-Control": "no-cache",
      ETag: unpack ? `${etag.slice(0, -1)}-u"` : etag,
      ...(packed ? { Vary: "Accept-Encoding" } : {}),
      ...(packed && !unpack ? { "Content-Encoding": "gzip" } : {}),
    };
    if (request.headers["if-none-match"] === headers.ETag) {
      response.writeHead(304, headers).end();
      return;
    }
    response.writeHead(200, unpack ? headers : { ...headers, "Content-Length": String(size) });
    if (request.method === "HEAD" || size === 0) {
      response.end();
      return;
    }
    // `end` bounds the body to the length announced, should the file grow meanwhile.
    const stored = createReadStream("", { fd: file, autoClose: false, end: size - 1 });
    if (unpack) await pipeline(stored, createGunzip(), response);
    else await pipeline(stored, response);
  } finally {
    await file.close();
  }
}

/** What somebody without the token sees: where to find it. */
export const SIGN_IN_PAGE = `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>MindOS</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
</head>
<body class="sign-in">
<main>
<h1>This hub’s page needs its token</h1>
<p>Open the address that the hub printed when it started. To see it again, run this on the hub’s computer:</p>
<pre><code>mindos status</code></pre>
<p>Did you come here by such an address? <a href="/">Try again</a></p>
</main>
</body>
</html>
`;
