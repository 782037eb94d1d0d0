import { useEffect, useState } from "react";
import { type AudioState, narrationAddress, narrationState, startNarration } from "./api.ts";
import { Problem } from "./Problem.tsx";

const POLL_MS = 1500;

/** Starts the narration, shows how far it is, and plays it. */
export function Narration({ id }: { id: string }) {
    const [state, setState] = useState<AudioState>();
    const [address, setAddress] = useState<string>();
    const [error, setError] = useState<unknown>();
    const working = state?.status === "started" || state?.status === "generating";

    useEffect(() => {
        const leaving = new AbortController();
        const look = () =>
            narrationState(id, leaving.signal).then(setState, (problem) => leaving.signal.aborted || setError(problem));
        look();
        const timer = working ? setInterval(look, POLL_MS) : undefined;
        return () => {
            leaving.abort();
            clearInterval(timer);
        };
    }, [id, working]);

    const ready = state?.status === "ready";
    useEffect(() => {
        if (!ready) {
            return;
        }
        const leaving = new AbortController();
        let made: string | undefined;
        narrationAddress(id, leaving.signal).then(
            (found) => {
                made = found;
                setAddress(found);
            },
            (problem) => leaving.signal.aborted || setError(problem),
        );
        return () => {
            leaving.abort();
            if (made) {
                URL.revokeObjectURL(made);
            }
        };
    }, [id, ready]);

    return (
        <section className="card narration" aria-label="Narration">
            {ready && address && (
                // biome-ignore lint/a11y/useMediaCaption: the story's lines on this page are the caption
                <audio controls src={address} aria-label="The story, told aloud" />
            )}
            {working && (
                <p role="status">
                    Recording the narration… {state?.progress === undefined ? "" : `${Math.round(state.progress)} %`}
                </p>
            )}
            {state && !ready && !working && (
                <button type="button" onClick={() => startNarration(id).then(setState, setError)}>
                    Have it told aloud
                </button>
            )}
            <Problem error={error} />
        </section>
    );
}
