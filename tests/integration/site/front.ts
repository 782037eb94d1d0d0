import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { execa } from "execa";
import { contentSecurityPolicy } from "../../../components/site.ts";
import { close, forward, listen } from "../../../standins/http.ts";

const TYPES: Record<string, string> = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
};

/** Builds the site; returns the folder that it is in. */
export async function buildSite(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "story-42-site-"));
    const vite = join("node_modules", "vite", "bin", "vite.js");
    await execa(process.execPath, [vite, "build", "--outDir", folder, "--logLevel", "warn"], { cwd: "site" });
    return folder;
}

export function removeSite(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
}

/** The built site and, below `/api`, the agent service at one address, under the site's own policy. */
export class Front {
    readonly url: string;
    readonly #server: Server;

    private constructor(server: Server, port: number) {
        this.#server = server;
        this.url = `http://127.0.0.1:${port}`;
    }

    static async open(folder: string, service: string): Promise<Front> {
        const policy = { "content-security-policy": contentSecurityPolicy([]) };
        const server = createServer((request, response) => {
            const { pathname } = new URL(request.url ?? "/", "http://site");
            if (pathname.startsWith("/api/")) {
                forward(request, response, `${service}${request.url}`, {});
                return;
            }
            const asked = join(folder, normalize(pathname));
            const file = extname(asked) && existsSync(asked) ? asked : join(folder, "index.html");
            response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", ...policy });
            response.end(readFileSync(file));
        });
        return new Front(server, await listen(server, 0));
    }

    async close(): Promise<void> {
        await close(this.#server);
    }
}
