/**
 * Asks for the story of a page, and for its first picture, while the code that shows the page is on its way, which on a slow phone
 * takes half a second.
 */
import { getSharedStory, getStory, type SharedStoryDetail, type StoryDetail } from "./api.ts";
import { session } from "./session.ts";

/** Answers that nobody has taken yet, by the page's path. */
const stories = new Map<string, Promise<StoryDetail>>();
const sharedStories = new Map<string, Promise<SharedStoryDetail>>();

/** Asks for the story of the page's address, if it has one. */
export function askEarly(): void {
    const [path = "", kind, id = ""] = /^\/(stories|shared)\/([\w.-]+)(?=\/|$)/.exec(location.pathname) ?? [];
    if (kind === "shared") {
        note(sharedStories, path, getSharedStory(id), true);
    } else if (kind === "stories" && session()) {
        // With the service worker, pictures are kept, and come by another way.
        note(stories, path, getStory(id), !navigator.serviceWorker?.controller);
    }
}

/** A story, which may have been asked for already. */
export const storyOf = (id: string, signal?: AbortSignal) => taken(stories, `/stories/${id}`) ?? getStory(id, signal);

/** The story of a link, which may have been asked for already. */
export const sharedStoryOf = (token: string, signal?: AbortSignal) =>
    taken(sharedStories, `/shared/${token}`) ?? getSharedStory(token, signal);

/** The page shows it at once, since it is there or on its way; kept here until then. */
const firstPicture = new Image();

function note<Story extends { images: string[] }>(
    asked: Map<string, Promise<Story>>,
    path: string,
    story: Promise<Story>,
    isShownByAddress: boolean,
): void {
    asked.set(path, story);
    story.then(
        ({ images: [first] }) => {
            if (isShownByAddress && first) {
                firstPicture.src = first;
            }
        },
        // Who takes the story is told of a failure.
        () => undefined,
    );
}

/** Each answer is taken once: who asks again wants a new one. */
function taken<Story>(asked: Map<string, Promise<Story>>, path: string): Promise<Story> | undefined {
    const story = asked.get(path);
    asked.delete(path);
    return story;
}
