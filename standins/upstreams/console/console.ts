/** The console of a local cloud, at `/console/` after the upstream server's secret: a page, and its API. */
import { join } from "node:path";
import { build } from "esbuild";
import type { Control } from "../control.ts";
import type { Exchange } from "../exchange.ts";
import { Activity } from "./activity.ts";
import type { State } from "./shapes.ts";
import { setSwitch, switchesOf } from "./switches.ts";

export const CONSOLE_PATH = "/console";

/** The page loads only its own files; other pages can neither frame it nor learn its address. */
const HEADERS = {
    "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
};

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Story-42 console</title>
<link rel="stylesheet" href="page.css">
<div id="console"></div>
<script type="module" src="page.js"></script>
`;

export class Console {
    readonly #control: Control;
    readonly #activity: Activity;
    #built: Promise<Record<string, string>> | undefined;

    /** `tracesFile`: the file of the spans; the folder `logs` beside it has the parts' logs. */
    constructor(control: Control, tracesFile: string | undefined) {
        this.#control = control;
        this.#activity = new Activity(control, tracesFile);
    }

    async answer(exchange: Exchange): Promise<void> {
        const path = exchange.path.slice(CONSOLE_PATH.length);
        const text = (type: string, body: string) =>
            exchange.send(200, { ...HEADERS, "content-type": `${type}; charset=utf-8` }, body);
        switch (`${exchange.method} ${path}`) {
            case "GET ":
                return await exchange.send(302, { ...HEADERS, location: `${CONSOLE_PATH.slice(1)}/` }, "");
            case "GET /":
                return await text("text/html", PAGE);
            case "GET /page.js":
                return await text("text/javascript", (await this.#page())[".js"] ?? "");
            case "GET /page.css":
                return await text("text/css", (await this.#page())[".css"] ?? "");
            case "GET /state":
                return await exchange.sendJson(200, this.#state(), HEADERS);
            case "GET /request": {
                const detail = this.#activity.detail(exchange.query.get("id") ?? "");
                return await exchange.sendJson(
                    detail ? 200 : 404,
                    detail ?? { message: "There is no such request" },
                    HEADERS,
                );
            }
            case "POST /switch": {
                const { id, on } = exchange.json();
                const isKnown = typeof id === "string" && typeof on === "boolean" && setSwitch(this.#control, id, on);
                return await exchange.sendJson(
                    isKnown ? 200 : 400,
                    isKnown ? this.#state() : { message: "There is no such switch" },
                    HEADERS,
                );
            }
            default:
                return await exchange.sendJson(
                    404,
                    { message: `The console has no ${exchange.method} ${path}` },
                    HEADERS,
                );
        }
    }

    #state(): State {
        return {
            requests: this.#activity.requests(),
            switches: switchesOf(this.#control),
            hasTraces: this.#activity.hasTraces,
        };
    }

    /** The page's script and style, bundled at the first request. */
    #page(): Promise<Record<string, string>> {
        this.#built ??= bundle().catch((error) => {
            this.#built = undefined;
            throw error;
        });
        return this.#built;
    }
}

async function bundle(): Promise<Record<string, string>> {
    const { outputFiles } = await build({
        entryPoints: { page: join(import.meta.dirname, "page/page.tsx") },
        outdir: "out",
        bundle: true,
        minify: true,
        write: false,
        format: "esm",
        target: "es2022",
        jsx: "automatic",
        logLevel: "silent",
        define: { "process.env.NODE_ENV": '"production"' },
        // React comes from the site's packages.
        nodePaths: [join(import.meta.dirname, "../../../site/node_modules")],
    });
    return Object.fromEntries(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf(".")), text]));
}
