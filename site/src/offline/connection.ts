/** Whether the service can be reached: what the browser says, and what became of the last call. */
import { useSyncExternalStore } from "react";

let isLost = false;
const listeners = new Set<() => void>();

export function useIsOffline(): boolean {
    return useSyncExternalStore(subscribe, () => isLost || !navigator.onLine);
}

/** Tells what became of a call: whether the service was reached, whatever it said. */
export function noteCall(isReached: boolean): void {
    isLost = !isReached;
    for (const listener of listeners) {
        listener();
    }
}

function subscribe(listener: () => void): () => void {
    const found = () => noteCall(true);
    listeners.add(listener);
    window.addEventListener("online", found);
    window.addEventListener("offline", listener);
    return () => {
        listeners.delete(listener);
        window.removeEventListener("online", found);
        window.removeEventListener("offline", listener);
    };
}
