import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AudioState, narrationState, startNarration } from "../api.ts";

const POLL_MS = 1500;
/** If audio fails later than this after its address was issued, the address may have expired. */
const MIN_ADDRESS_AGE_MS = 60_000;

export type Narration = ReturnType<typeof useNarration>;

/**
 * The state of a story's narration: starts it, polls it while it is made, and renews its address after it has expired.
 *
 * @param isWanted whether the story can be narrated yet
 * @param changes how often the story's text has changed since this page was opened, which makes the recording outdated
 */
export function useNarration(id: string, isWanted: boolean, changes: number) {
    const { t } = useTranslation();
    const [state, setState] = useState<AudioState>();
    const [error, setError] = useState<unknown>();
    const [recordedAt, setRecordedAt] = useState(0);
    const given = useRef(0);
    const status = state?.status;
    const isWorking = status === "started" || status === "generating";

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
        if (!isWanted) {
            return;
        }
        const leaving = new AbortController();
        look(leaving.signal);
        return () => leaving.abort();
    }, [look, isWanted]);
    // A ready narration is not requested again: each answer has another address, which would restart the audio.
    useEffect(() => {
        if (!isWorking) {
            return;
        }
        const leaving = new AbortController();
        const timer = setInterval(() => look(leaving.signal), POLL_MS);
        return () => {
            leaving.abort();
            clearInterval(timer);
        };
    }, [look, isWorking]);

    async function record() {
        setError(undefined);
        try {
            setState(await startNarration(id));
            setRecordedAt(changes);
        } catch (problem) {
            setError(problem);
        }
    }

    /** Renews the audio's address, which is valid for an hour. */
    function renew() {
        if (Date.now() - given.current > MIN_ADDRESS_AGE_MS) {
            look();
        } else {
            setError(new Error(t("The narration can't be played right now. Reload the page to try again.")));
        }
    }

    return { state, error, isWorking, isReady: status === "ready", isOutdated: changes > recordedAt, record, renew };
}
