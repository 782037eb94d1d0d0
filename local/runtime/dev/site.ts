/** Serves the site's saved files with Vite's development server, which updates open pages. */
import { randomBytes } from "node:crypto";
import { realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { stripVTControlCharacters } from "node:util";
import type {
    createServer as createViteServer,
    EnvironmentModuleNode,
    ErrorPayload,
    Plugin,
    TransformResult,
    UpdatePayload,
    ViteDevServer,
} from "../../../site/node_modules/vite/dist/node/index.js";
import { close, guarded, listen } from "../../../standins/http.ts";
import type { Overlay } from "../overlay.ts";
import { CompileError } from "./compileError.ts";

const NOTHING_TO_UPDATE: UpdatePayload = { type: "update", updates: [] };

/** Vite, from the site's own packages. */
async function viteOf(root: string): Promise<{ createServer: typeof createViteServer }> {
    return await import(pathToFileURL(createRequire(join(root, "site/vite.config.ts")).resolve("vite")).href);
}

export class SiteServer {
    readonly #root: string;
    readonly #cache: string;
    readonly #server: Server;
    readonly #nonce = randomBytes(18).toString("base64");
    #vite: ViteDevServer | undefined;
    #port = 0;
    /** The current error, as pages show it. */
    #shown: ErrorPayload | undefined;
    /** The update that is being compiled: the modules' previous results, and the callback for the outcome. */
    #checking: { previous: Map<EnvironmentModuleNode, TransformResult | null>; end(error?: Error): void } | undefined;

    private constructor(root: string, cache: string) {
        this.#root = root;
        this.#cache = cache;
        this.#server = createServer(
            guarded({}, (request, response) => {
                if (this.#vite) {
                    this.#vite.middlewares(request, response);
                } else {
                    response.writeHead(503).end();
                }
            }),
        );
    }

    /**
     * @param root the project's folder
     * @param cache the folder for Vite's cache of packages
     */
    static async open(root: string, cache: string): Promise<SiteServer> {
        const site = new SiteServer(root, cache);
        site.#port = await listen(site.#server, 0);
        await site.#start();
        return site;
    }

    /** The overlay with this server's address and policy. */
    get overlay(): Overlay["site"] {
        const nonce = `'nonce-${this.#nonce}'`;
        // Vite adds its own inline script to pages, and inserts styles as elements.
        const policy = { "script-src": nonce, "style-src": nonce, "connect-src": `ws://127.0.0.1:${this.#port}` };
        return { url: `http://127.0.0.1:${this.#port}`, policy };
    }

    /** Whether a file, relative to the project's folder, is an input of pages. */
    has(path: string): boolean {
        const file = join(this.#root, path);
        const { config, environments } = this.#running;
        return (
            (environments.client.moduleGraph.getModulesByFile(file)?.size ?? 0) > 0 ||
            file === join(config.root, "index.html") ||
            file.startsWith(`${config.publicDir}/`)
        );
    }

    /** Whether the file configures the site's build. */
    isConfig(path: string): boolean {
        const { configFile, configFileDependencies } = this.#running.config;
        return [configFile, ...configFileDependencies].includes(join(this.#root, path));
    }

    /**
     * Updates open pages to a file's current content.
     *
     * @throws {CompileError} when it does not compile; the previous pages are served then
     */
    async update(path: string): Promise<void> {
        const file = join(this.#root, path);
        const { environments, watcher } = this.#running;
        const modules = environments.client.moduleGraph.getModulesByFile(file) ?? new Set();
        if (modules.size === 0) {
            environments.client.hot.send({ type: "full-reload", path: "*" });
            return;
        }
        const checked = new Promise<void>((resolve, reject) => {
            const previous = new Map([...modules].map((module) => [module, module.transformResult]));
            this.#checking = { previous, end: (error) => (error ? reject(error) : resolve()) };
        });
        watcher.emit("change", file);
        await checked;
    }

    /** Shows an error on all pages, those that are opened later too. */
    show(part: string, error: Error): void {
        const [fault] = error instanceof CompileError ? error.faults : [];
        this.#shown = {
            type: "error",
            err: {
                message: `${part}: ${error.message}`,
                stack: "",
                ...(fault?.file
                    ? { id: fault.file, loc: { file: fault.file, line: fault.line ?? 1, column: fault.column ?? 0 } }
                    : {}),
            },
        };
        for (const page of this.#running.ws.clients) {
            page.send(this.#shown);
        }
    }

    /** Removes the error from pages. */
    clear(): void {
        this.#shown = undefined;
        for (const page of this.#running.ws.clients) {
            page.send(NOTHING_TO_UPDATE);
        }
    }

    /** Restarts with the packages that are installed now. */
    async restart(): Promise<void> {
        await this.#vite?.close();
        await this.#start();
    }

    async close(): Promise<void> {
        await this.#vite?.close();
        await close(this.#server);
    }

    get #running(): ViteDevServer {
        if (!this.#vite) {
            throw new Error("the site's server has not started");
        }
        return this.#vite;
    }

    async #start(): Promise<void> {
        const folder = join(this.#root, "site");
        const { createServer: createVite } = await viteOf(this.#root);
        this.#vite = await createVite({
            root: folder,
            configFile: join(folder, "vite.config.ts"),
            cacheDir: this.#cache,
            logLevel: "silent",
            clearScreen: false,
            html: { cspNonce: this.#nonce },
            plugins: [this.#compileFirst()],
            server: {
                middlewareMode: true,
                ws: { server: this.#server, protocol: "ws", host: "127.0.0.1", clientPort: this.#port },
                fs: { allow: [folder, realpathSync(join(folder, "node_modules"))] },
            },
        });
        this.#vite.ws.on("vite:client:connect", (_data, page) => {
            // A page whose first message is an error treats it as its own, and reloads once it is fixed.
            page.send(NOTHING_TO_UPDATE);
            if (this.#shown) {
                page.send(this.#shown);
            }
        });
        await this.#readAll();
    }

    /** Loads every module of the site, so that the module graph is complete before the first request. */
    async #readAll(): Promise<void> {
        const { client } = this.#running.environments;
        const seen = new Set<string>();
        const read = async (url: string): Promise<void> => {
            if (seen.has(url)) {
                return;
            }
            seen.add(url);
            await client.transformRequest(url).catch(() => undefined);
            const module = await client.moduleGraph.getModuleByUrl(url);
            const own = [...(module?.importedModules ?? [])].filter(
                ({ file }) => file && !file.includes("/node_modules/"),
            );
            await Promise.all(own.map((one) => read(one.url)));
        };
        const page = await readFile(join(this.#running.config.root, "index.html"), "utf8");
        await Promise.all([...page.matchAll(/<script[^>]* src="([^"]+)"/g)].map(([, url = ""]) => read(url)));
    }

    /** Compiles changed modules before pages are notified; on an error, the previous results are served. */
    #compileFirst(): Plugin {
        return {
            name: "story-42:checked-first",
            // Vite calls the hook once for each of its environments, and pages have one of them.
            applyToEnvironment: ({ name }) => name === "client",
            // Saved files are reported by `update` alone. A `null` in the inline configuration would be dropped where it is merged.
            config: (config) => {
                config.server = { ...config.server, watch: null };
            },
            hotUpdate: {
                order: "pre",
                handler: async ({ modules }) => {
                    const { client } = this.#running.environments;
                    const checking = this.#checking;
                    this.#checking = undefined;
                    try {
                        await Promise.all(modules.map(({ url }) => client.transformRequest(url)));
                        checking?.end();
                        return undefined;
                    } catch (error) {
                        for (const [module, result] of checking?.previous ?? []) {
                            module.transformResult = result;
                        }
                        checking?.end(this.#inWords(error as Error & ViteFault));
                        return [];
                    }
                },
            },
        };
    }

    #inWords({ message, loc, id }: Error & ViteFault): CompileError {
        const file = loc?.file ?? id;
        const [text = ""] = stripVTControlCharacters(message).split("\n");
        return new CompileError([
            { text, line: loc?.line, column: loc?.column, ...(file && { file: relative(this.#root, file) }) },
        ]);
    }
}

interface ViteFault {
    loc?: { file?: string; line: number; column: number };
    id?: string;
}
