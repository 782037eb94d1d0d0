import { useEffect, useRef, useState } from "react";
import { makeStory, type PipelineEvent, type StoryRequest } from "./api.ts";
import { NOT_BEGUN, type Progress, progressAfter } from "./PipelineProgress.tsx";

/** How a run ended that made no story. */
export interface RunFailure {
    error: unknown;
    /** The session that the run can be taken up with again, where it got as far as having one. */
    sessionId?: string;
}

/** A run of the pipeline as a page sees it. Who leaves the page stops the run; what is finished of it stays. */
export function useStoryRun(onFinished: (sessionId: string) => void) {
    const [progress, setProgress] = useState<Progress>();
    const [failure, setFailure] = useState<RunFailure>();
    const run = useRef<AbortController>(undefined);
    useEffect(() => () => run.current?.abort(), []);

    async function start(wish: StoryRequest | { session_id: string }) {
        const controller = new AbortController();
        run.current = controller;
        let sessionId = "session_id" in wish ? wish.session_id : undefined;
        let state = NOT_BEGUN;
        setFailure(undefined);
        setProgress(state);
        try {
            for await (const event of makeStory(wish, controller.signal)) {
                sessionId ??= event.session_id;
                state = progressAfter(state, event);
                setProgress(state);
                const finished = finishedBy(event);
                if (finished) {
                    setProgress(undefined);
                    onFinished(finished);
                    return;
                }
            }
            throw new Error("The connection was lost before the story was finished. What is finished is saved.");
        } catch (error) {
            setProgress(undefined);
            const stopped = controller.signal.aborted;
            setFailure({ error: stopped ? new Error("Stopped. What is finished is saved.") : error, sessionId });
        }
    }

    return { progress, failure, start, stop: () => run.current?.abort() };
}

/** The finished story's id; an `error` event ends the run with what the service says. */
function finishedBy(event: PipelineEvent): string | undefined {
    if (event.type === "error") {
        throw new Error(event.message ?? "The story could not be finished.");
    }
    return event.type === "complete" ? event.result?.session_id : undefined;
}
