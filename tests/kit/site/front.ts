import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { execa } from "execa";
import { contentSecurityPolicy } from "../../../components/site/index.ts";
import { close, forward, listen } from "../../../standins/http.ts";

const TYPES: Record<string, string> = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
};

/** Builds the site; returns its folder. */
export async function buildSite(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-site-"));
    const vite = join("node_modules", "vite", "bin", "vite.js");
    await execa(process.execPath, [vite, "build", "--outDir", folder, "--logLevel", "warn"], { cwd: "site" });
    return folder;
}

export function removeSite(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
}

/**
 * As CloudFront compresses for browsers, by the cache policy `CachingOptimized`, which has Brotli on:
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html. It does not say how
 * well; this is the quality of servers that compress while they answer.
 */
const compressed = (body: Buffer) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });

/** The built site and, below `/api`, the agent service at one address, with the site's security policy. */
export class Front {
    /** The agent service's address. */
    service: string;
    #port = 0;
    #isCut = false;
    readonly #server: Server;

    private constructor(folder: string, service: string) {
        this.service = service;
        const policy = { "content-security-policy": contentSecurityPolicy([]) };
        this.#server = createServer((request, response) => {
            const { pathname } = new URL(request.url ?? "/", "http://site");
            if (this.#isCut) {
                request.destroy();
                return;
            }
            if (pathname.startsWith("/api/")) {
                forward(request, response, `${this.service}${request.url}`, {});
                return;
            }
            const asked = join(folder, normalize(pathname));
            const file = extname(asked) && existsSync(asked) ? asked : join(folder, "index.html");
            const type = TYPES[extname(file)] ?? "application/octet-stream";
            const body = readFileSync(file);
            const isText = /^text|javascript|json|svg/.test(type);
            const encoding = isText ? { "content-encoding": "br" } : undefined;
            response.writeHead(200, { "content-type": type, ...encoding, ...policy });
            response.end(isText ? compressed(body) : body);
        });
    }

    static async open(folder: string, service: string): Promise<Front> {
        const front = new Front(folder, service);
        front.#port = await listen(front.#server, 0);
        return front;
    }

    get url(): string {
        return `http://127.0.0.1:${this.#port}`;
    }

    /** Breaks every connection, and refuses new ones until `mend`. */
    cut(): void {
        this.#isCut = true;
        this.#server.closeAllConnections();
    }

    mend(): void {
        this.#isCut = false;
    }

    async close(): Promise<void> {
        await close(this.#server);
    }
}
