import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const WORKER = "worker.js";

export default defineConfig({
    plugins: [react(), preloadedPage(), shellOfWorker()],
    // Nothing is inlined: the content-security policy allows neither inline scripts nor inline styles.
    build: {
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        cssCodeSplit: false,
        rolldownOptions: {
            input: { index: "index.html", worker: "src/offline/worker.ts" },
            output: {
                // A service worker keeps its address from version to version, at the root of what it is for.
                entryFileNames: ({ name }) => (name === "worker" ? WORKER : "assets/[name]-[hash].js"),
            },
        },
    },
});

/** Lets the browser load the code that shows the page while the script that imports it begins. */
function preloadedPage(): Plugin {
    return {
        name: "story-42:preloaded-page",
        apply: "build",
        transformIndexHtml: {
            order: "post",
            handler(html, { bundle = {} }) {
                const page = Object.values(bundle).find((file) => file.type === "chunk" && file.name === "show");
                if (page?.type !== "chunk") {
                    throw new Error("src/show.tsx is no chunk of its own");
                }
                const names = [page.fileName, ...page.imports].filter((name) => !html.includes(name));
                return names.map((name) => ({
                    tag: "link",
                    attrs: { rel: "modulepreload", crossorigin: true, href: `/${name}` },
                    injectTo: "head",
                }));
            },
        },
    };
}

/** Tells the service worker which files the site consists of. */
function shellOfWorker(): Plugin {
    let publicDir = "";
    return {
        name: "story-42:shell-of-worker",
        apply: "build",
        configResolved(config) {
            publicDir = config.publicDir;
        },
        generateBundle: {
            order: "post",
            handler(_options, bundle) {
                const worker = bundle[WORKER];
                if (worker?.type !== "chunk") {
                    this.error(`${WORKER} is not built`);
                }
                const content = new Map<string, string | Uint8Array>(
                    readdirSync(publicDir).map((name) => [name, readFileSync(join(publicDir, name))]),
                );
                for (const [name, file] of Object.entries(bundle)) {
                    if (name !== WORKER) {
                        content.set(name, file.type === "chunk" ? file.code : file.source);
                    }
                }
                const version = createHash("sha256");
                const names = [...content.keys()].sort();
                for (const name of names) {
                    version.update(name).update(content.get(name) ?? "");
                }
                const shell = { version: version.digest("hex").slice(0, 12), files: names.map((name) => `/${name}`) };
                worker.code = worker.code.replace("__SHELL__", JSON.stringify(shell));
            },
        },
    };
}
