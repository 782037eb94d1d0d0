/** The form's contents, stored in the tab until the story begins, so that a reload loses nothing. */
import type { StoryRequest } from "../api.ts";
import { session } from "../session.ts";

const KEY = "story-42-draft";

export function draft(): StoryRequest | undefined {
    try {
        const { sub, wish } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
        // Somebody else may have signed in since.
        return sub === session()?.sub ? wish : undefined;
    } catch {
        return undefined;
    }
}

export function keepDraft(wish: StoryRequest): void {
    sessionStorage.setItem(KEY, JSON.stringify({ sub: session()?.sub, wish }));
}

export function forgetDraft(): void {
    sessionStorage.removeItem(KEY);
}
