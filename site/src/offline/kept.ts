/**
 * Stories that somebody has opened, kept in this browser to be read offline: each person's in a cache of their own. It is there
 * as long as a tab is signed in, or its person stays signed in on this device. It goes when they sign out, when the service takes
 * their tokens no more, and when somebody else signs in.
 */
import { ApiError, deleteStory, getPicture, listStories, type StoryDetail, type StoryPage } from "../api.ts";
import { storyOf } from "../early.ts";
import { picturesInSight } from "../reading/inSight.ts";
import { keptSession, onSession, type Session, session } from "../session.ts";

/** A story with the addresses of its pictures; a picture that is on its way has none yet. */
export interface OpenedStory {
    story: StoryDetail;
    images: string[];
    /** The service can't be reached: it is as it was when it was opened last. */
    isKept: boolean;
}

const PREFIX = "story-42-stories-of-";
/** Pages that are served while they are changed have no service worker, which gives kept pictures. */
export const canKeep = import.meta.env.PROD && "caches" in window && "locks" in navigator;

const cacheOf = (sub: string) => PREFIX + sub;
const addressOf = (sub: string, id: string) => `/kept/${encodeURIComponent(sub)}/${encodeURIComponent(id)}`;

/**
 * Shows a story from the service; what is kept of it only where the service can't be reached. Each picture is fetched once: it is
 * shown as it is kept, as soon as it is; but for a first visit, whose pictures are shown before any can be kept. Returns when all pictures are there.
 */
export async function openStory(id: string, show: (opened: OpenedStory) => void, signal?: AbortSignal): Promise<void> {
    const sub = session()?.sub;
    let story: StoryDetail;
    try {
        story = await storyOf(id, signal);
    } catch (problem) {
        show(await keptInstead(sub, id, problem));
        return;
    }
    const showWith = (images: string[]) => show({ story, images, isKept: false });
    const isKeptNow = sub !== undefined && canKeep && isReadable(story);
    if (!isKeptNow) {
        showWith(story.images);
    } else if (navigator.serviceWorker.controller) {
        // Without room for it, or without the connection: what is not kept is there online.
        await keep(sub, story, showWith).catch(() => showWith(story.images));
    } else {
        showWith(story.images);
        // The worker is not installed yet. It does not give this page its pictures, and must not keep them waiting.
        void Promise.all([navigator.serviceWorker.ready, picturesInSight()])
            .then(() => keep(sub, story, () => undefined))
            .catch(() => undefined);
    }
}

/** @throws the problem, where it is another one than the connection, or nothing is kept */
async function keptInstead(sub: string | undefined, id: string, problem: unknown): Promise<OpenedStory> {
    if (sub === undefined || !(problem instanceof ApiError)) {
        throw problem;
    }
    if (problem.status === 404) {
        await remove(sub, id);
    }
    const kept = problem.status === 0 ? await keptStory(sub, id) : undefined;
    if (!kept) {
        throw problem;
    }
    return kept;
}

/** A picture of a story, as it is kept, or else from the service. */
export async function openPicture(id: string, image: string): Promise<Blob> {
    const sub = session()?.sub;
    const { at, file } = placeOf(sub ?? "", id, image);
    const kept = sub !== undefined && canKeep ? await caches.match(at, { cacheName: cacheOf(sub) }) : undefined;
    return await (kept?.blob() ?? getPicture(id, file));
}

/** A page of the stories; where the service can't be reached, all that are kept. */
export async function openStories(signal?: AbortSignal): Promise<StoryPage> {
    const sub = session()?.sub;
    try {
        return await listStories(undefined, signal);
    } catch (problem) {
        const isLost = problem instanceof ApiError && problem.status === 0;
        const kept = isLost && sub !== undefined ? await keptStories(sub) : [];
        if (kept.length === 0) {
            throw problem;
        }
        return { stories: kept.map(({ story, images }) => ({ ...story, cover: images[0] })) };
    }
}

/** Deletes a story, and what is kept of it. */
export async function removeStory(id: string): Promise<void> {
    const sub = session()?.sub;
    await deleteStory(id);
    if (sub !== undefined) {
        await remove(sub, id);
    }
}

const isReadable = ({ status, structured_story }: StoryDetail) =>
    status !== "running" && structured_story !== undefined;

/** Where a picture is kept, and the name of its file. Its signed address is good for an hour; one that was made again has another path. */
function placeOf(sub: string, id: string, image: string): { at: string; file: string } {
    const { pathname } = new URL(image, location.href);
    return {
        at: `${addressOf(sub, id)}/${encodeURIComponent(pathname)}`,
        file: decodeURIComponent(pathname.split("/").at(-1) ?? ""),
    };
}

async function keep(sub: string, story: StoryDetail, show: (images: string[]) => void): Promise<void> {
    const address = addressOf(sub, story.session_id);
    const places = story.images.map((image) => placeOf(sub, story.session_id, image).at);
    const images = await Promise.all(places.map(async (at) => ((await caches.match(at)) ? at : "")));
    const missing = places.flatMap((at, index) => (images[index] === at ? [] : [{ at, index }]));
    const ask = (turn: number) => {
        const image = story.images[missing[turn]?.index ?? story.images.length];
        const picture = image === undefined ? undefined : openPicture(story.session_id, image);
        // Whoever awaits it is told of a failure.
        picture?.catch(() => undefined);
        return picture;
    };
    // One at a time, so that the first is there first: it is on its way while the story is shown and written down.
    const first = ask(0);
    show([...images]);
    // The link's token is not for reading.
    const { link_token: _, ...read } = story;
    const kept = { story: read, images: places };
    await change(sub, async (cache) => {
        await cache.put(
            address,
            new Response(JSON.stringify(kept), { headers: { "Content-Type": "application/json" } }),
        );
        const outdated = (await pathsIn(cache)).filter(
            (path) => path.startsWith(`${address}/`) && !places.includes(path),
        );
        await Promise.all(outdated.map((path) => cache.delete(path)));
    });
    for (const [turn, { at, index }] of missing.entries()) {
        const picture = await (turn === 0 ? first : ask(turn));
        await change(sub, async (cache) => {
            // The story may have been deleted in the meantime.
            if (picture && (await cache.match(address))) {
                await cache.put(at, new Response(picture, { headers: { "Content-Type": picture.type } }));
            }
        });
        images[index] = (await caches.match(at)) ? at : (story.images[index] ?? "");
        show([...images]);
        if (turn === 0) {
            await picturesInSight();
        }
    }
}

async function remove(sub: string, id: string): Promise<void> {
    const address = addressOf(sub, id);
    await change(sub, async (cache) => {
        const paths = (await pathsIn(cache)).filter((path) => path === address || path.startsWith(`${address}/`));
        await Promise.all(paths.map((path) => cache.delete(path)));
    });
}

async function keptStory(sub: string, id: string): Promise<OpenedStory | undefined> {
    const kept = canKeep ? await caches.match(addressOf(sub, id), { cacheName: cacheOf(sub) }) : undefined;
    if (!kept) {
        return undefined;
    }
    const { story, images }: Omit<OpenedStory, "isKept"> = await kept.json();
    const isThere = await Promise.all(images.map(async (image) => (await caches.match(image)) !== undefined));
    // No others are on their way.
    const illustrated_chapters = story.illustrated_chapters.filter((_, at) => isThere[at]);
    return { story: { ...story, illustrated_chapters }, images: images.filter((_, at) => isThere[at]), isKept: true };
}

/** Newest first. */
async function keptStories(sub: string): Promise<OpenedStory[]> {
    if (!canKeep) {
        return [];
    }
    const cache = await caches.open(cacheOf(sub));
    const ids = (await pathsIn(cache)).map((path) => path.split("/")).filter((parts) => parts.length === 4);
    const stories = await Promise.all(ids.map(([, , , id = ""]) => keptStory(sub, decodeURIComponent(id))));
    return stories
        .filter((one) => one !== undefined)
        .toSorted((one, other) => other.story.created_at.localeCompare(one.story.created_at));
}

const pathsIn = async (cache: Cache) => (await cache.keys()).map(({ url }) => new URL(url).pathname);

let last: Promise<unknown> = Promise.resolve();

/** Does one thing after the other, so that nothing is kept behind what has been forgotten. */
function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
}

/** Changes what is kept of a person, as long as they are signed in. */
async function change(sub: string, work: (cache: Cache) => Promise<void>): Promise<void> {
    await inTurn(async () => {
        const now = session();
        if (canKeep && now?.sub === sub && !now.ended) {
            await work(await caches.open(cacheOf(sub)));
        }
    });
}

let known: Session | undefined;
let letGo = () => {};

/** Forgets what nobody who is signed in here may read, now and whenever somebody signs in or out. */
export function guardKept(): void {
    if (!canKeep) {
        return;
    }
    known = session();
    hold(known?.sub);
    void inTurn(forgetLeftOver);
    onSession(() => {
        const [before, now] = [known, session()];
        known = now;
        if (before?.sub !== now?.sub) {
            hold(now?.sub);
            forget((sub) => (now ? sub !== now.sub : sub === before?.sub));
        } else if (now?.ended && (now.refreshToken !== undefined || now.expiresAt > Date.now())) {
            // It did not just run out: they have signed out elsewhere, or may come in no more.
            forget((sub) => sub === now.sub);
        }
    });
}

/** Shows other tabs that somebody is signed in, until they are not, or the tab is closed. */
function hold(sub: string | undefined): void {
    letGo();
    if (sub !== undefined) {
        const end = new Promise<void>((resolve) => {
            letGo = resolve;
        });
        void navigator.locks.request(cacheOf(sub), { mode: "shared" }, () => end);
    }
}

/** Deletes what tabs have left that were closed. */
async function forgetLeftOver(): Promise<void> {
    const { held = [], pending = [] } = await navigator.locks.query();
    const inUse = [...held, ...pending].map(({ name }) => name);
    const isThere = [session()?.sub, keptSession()?.sub];
    await deleteCaches((sub) => !isThere.includes(sub) && !inUse.includes(cacheOf(sub)));
}

function forget(isGone: (sub: string) => boolean): void {
    // A tab that is closed now leaves caches behind which nobody is shown, and which go when the site is opened next.
    void inTurn(() => deleteCaches(isGone));
}

async function deleteCaches(isGone: (sub: string) => boolean): Promise<void> {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && isGone(name.slice(PREFIX.length)));
    await Promise.all(names.map((name) => caches.delete(name)));
}
