import { useCallback, useEffect, useRef, useState } from "react";
import { type AudioState, narrationState, startNarration } from "./api.ts";
import { Problem } from "./Problem.tsx";

const POLL_MS = 1500;
/** An audio that fails later than this after its address was given may have outlived the address. */
const FRESH_MS = 60_000;

interface NarrationProps {
    id: string;
    /** How often the story's words have changed since this page was opened: a recording from before tells other ones. */
    changes: number;
}

/** Starts the narration, shows how far it is, and plays it. */
export function Narration({ id, changes }: NarrationProps) {
    const [state, setState] = useState<AudioState>();
    const [error, setError] = useState<unknown>();
    const [recordedAt, setRecordedAt] = useState(0);
    const given = useRef(0);
    const status = state?.status;
    const working = status === "started" || status === "generating";

    const look = useCallback(
        async (signal?: AbortSignal) => {
            try {
                setState(await narrationState(id, signal));
                given.current = Date.now();
            } catch (problem) {
                if (!signal?.aborted) {
                    setError(problem);
                }
            }
        },
        [id],
    );
    useEffect(() => {
        const leaving = new AbortController();
        look(leaving.signal);
        return () => leaving.abort();
    }, [look]);
    // What is ready is not asked for again: each answer has another address, and would begin the audio anew.
    useEffect(() => {
        if (!working) {
            return;
        }
        const leaving = new AbortController();
        const timer = setInterval(() => look(leaving.signal), POLL_MS);
        return () => {
            leaving.abort();
            clearInterval(timer);
        };
    }, [look, working]);

    async function record() {
        setError(undefined);
        try {
            setState(await startNarration(id));
            setRecordedAt(changes);
        } catch (problem) {
            setError(problem);
        }
    }

    /** The audio's address is good for an hour. */
    function renew() {
        if (Date.now() - given.current > FRESH_MS) {
            look();
        } else {
            setError(new Error("The narration can't be played right now. Reload the page to try again."));
        }
    }

    return (
        <section className="card narration" aria-label="Narration">
            {status === "ready" && (
                // biome-ignore lint/a11y/useMediaCaption: the story's lines on this page are the caption
                <audio
                    controls
                    preload="metadata"
                    src={state?.url}
                    onError={renew}
                    aria-label="Narration of the story"
                />
            )}
            {working && (
                <>
                    <p role="status">Recording the narration… {Math.round(state?.progress ?? 0)} %</p>
                    <progress max={100} value={state?.progress ?? 0} aria-label="Progress of the narration" />
                </>
            )}
            {state && !working && status !== "ready" && (
                <div className="offer">
                    <p>
                        {status === "failed" || status === "interrupted"
                            ? state.message
                            : "Each character gets a voice of their own."}
                    </p>
                    <button type="button" onClick={record}>
                        Narrate this story
                    </button>
                </div>
            )}
            {status === "ready" && changes > recordedAt && (
                <div className="offer">
                    <p>The story has changed since it was recorded.</p>
                    <button type="button" className="quiet" onClick={record}>
                        Record it again
                    </button>
                </div>
            )}
            <Problem error={error} />
        </section>
    );
}
