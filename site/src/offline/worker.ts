/**
 * The service worker: keeps the site's own files, so that it opens without a network, and gives pages the pictures that they
 * have kept. What belongs to a person, the pages alone keep and forget (`kept.ts`): they know who is signed in.
 */
export {};

/** What the build puts here: the files of this version, and a hash of all of them. */
declare const __SHELL__: { version: string; files: string[] };

/** What there is of a service worker's globals here; the site is compiled with those of pages. */
interface Lasting extends Event {
    waitUntil(work: Promise<unknown>): void;
}
interface Installing extends Lasting {
    /** Not in all browsers. */
    addRoutes?(rule: { condition: { urlPattern: { pathname: string } }; source: "network" }): Promise<void>;
}
interface Fetching extends Lasting {
    readonly request: Request;
    respondWith(response: Promise<Response>): void;
}
interface Worker {
    addEventListener(type: "install", listener: (event: Installing) => void): void;
    addEventListener(type: "activate", listener: (event: Lasting) => void): void;
    addEventListener(type: "fetch", listener: (event: Fetching) => void): void;
    skipWaiting(): Promise<void>;
    readonly clients: { claim(): Promise<void> };
}
const worker = globalThis as unknown as Worker;

const { version, files } = __SHELL__;
const PREFIX = "story-42-site-";
const SHELL = PREFIX + version;
const PAGE = "/index.html";

worker.addEventListener("install", (event) => {
    // Calls of the service neither wait for the worker to start, nor overtake each other by it.
    const routes = event.addRoutes?.({ condition: { urlPattern: { pathname: "/api/*" } }, source: "network" });
    event.waitUntil(Promise.all([routes, keepShell()]));
});
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event) => {
    const { request } = event;
    const { origin, pathname } = new URL(request.url);
    if (request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) {
        return;
    }
    if (pathname.startsWith("/kept/")) {
        event.respondWith(keptPicture(request));
    } else if (request.mode === "navigate") {
        event.respondWith(fetch(request).catch(() => fromShell(PAGE)));
    } else if (pathname.startsWith("/assets/")) {
        // Their names carry a hash of their content.
        event.respondWith(keptAsset(request));
    } else if (files.includes(pathname)) {
        event.respondWith(fetch(request).catch(() => fromShell(pathname)));
    }
});

/** @throws while a version is uploaded, whose page then stands beside the files of the one before: a later visit tries again */
async function keepShell(): Promise<void> {
    const shell = await caches.open(SHELL);
    await shell.addAll(files.map((file) => new Request(file, { cache: "no-cache", priority: "low" })));
    const page = (await (await shell.match(PAGE))?.text()) ?? "";
    const needed = [...page.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, file = ""]) => file);
    if (needed.length === 0 || !needed.every((file) => files.includes(file))) {
        await caches.delete(SHELL);
        throw new Error(`${PAGE} is of another version than ${version}`);
    }
    await worker.skipWaiting();
}

/** The version before stays: pages that are open still ask for files of theirs. */
async function takeOver(): Promise<void> {
    const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== SHELL);
    await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
    await worker.clients.claim();
}

async function fromShell(file: string): Promise<Response> {
    return (await (await caches.open(SHELL)).match(file, { ignoreVary: true })) ?? Response.error();
}

async function keptAsset(request: Request): Promise<Response> {
    return (await caches.match(request, { ignoreVary: true })) ?? (await fetch(request));
}

async function keptPicture({ url }: Request): Promise<Response> {
    return (await caches.match(url)) ?? new Response(null, { status: 404 });
}
