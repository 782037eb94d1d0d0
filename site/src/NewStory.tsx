import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { makeStory, type PipelineEvent, type StoryRequest } from "./api.ts";
import { Field, Options } from "./fields.tsx";
import { PipelineProgress, type Progress, progressAfter } from "./PipelineProgress.tsx";
import { Problem } from "./Problem.tsx";

/** The form for a story, and the pipeline's progress once it has been sent. */
export function NewStory() {
    const [progress, setProgress] = useState<Progress>();
    const [error, setError] = useState<unknown>();
    const run = useRef<AbortController>(undefined);
    const [, go] = useLocation();

    // Who leaves the page cancels the run; what is finished of it can be taken up again under "My stories".
    useEffect(() => () => run.current?.abort(), []);

    async function start(wish: StoryRequest) {
        const controller = new AbortController();
        run.current = controller;
        setError(undefined);
        let state: Progress = { percent: 0, agents: [], message: "Starting…" };
        setProgress(state);
        try {
            for await (const event of makeStory(wish, controller.signal)) {
                state = progressAfter(state, event);
                setProgress(state);
                const finished = sessionOf(event);
                if (finished) {
                    go(`/stories/${finished}`);
                    return;
                }
            }
            throw new Error("The connection ended before the story was finished. What was made is under “My stories”.");
        } catch (problem) {
            setProgress(undefined);
            if (!controller.signal.aborted) {
                setError(problem);
            }
        }
    }

    if (progress) {
        return <PipelineProgress progress={progress} onCancel={() => run.current?.abort()} />;
    }
    return (
        <section>
            <h1>What shall the story be about?</h1>
            <WishForm onSubmit={start} />
            <Problem error={error} />
        </section>
    );
}

/** The finished story's id; an `error` event ends the run with what the service says. */
function sessionOf(event: PipelineEvent): string | undefined {
    if (event.type === "error") {
        throw new Error(event.message ?? "The story could not be finished.");
    }
    return event.type === "complete" ? event.result?.session_id : undefined;
}

function WishForm({ onSubmit }: { onSubmit: (wish: StoryRequest) => void }) {
    function submit(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const text = (name: string) => String(form.get(name) ?? "").trim();
        onSubmit({
            topic: text("topic"),
            story_type: text("story_type"),
            length: text("length"),
            tone_style: text("tone_style"),
            target_audience: text("target_audience"),
            creative_notes: text("creative_notes"),
        });
    }

    return (
        <form className="card wish" onSubmit={submit} aria-label="New story">
            <Field label="Topic" wide>
                {(id) => (
                    <textarea
                        id={id}
                        name="topic"
                        rows={3}
                        required
                        maxLength={2000}
                        placeholder="A lighthouse keeper who collects lost messages"
                    />
                )}
            </Field>
            <Options label="Kind" name="story_type" options={["fiction", "non-fiction"]} />
            <Options label="Length" name="length" options={["short", "medium", "long"]} />
            <Options label="Tone" name="tone_style" options={["warm", "funny", "adventurous", "mysterious", "calm"]} />
            <Options label="For" name="target_audience" options={["children", "teenagers", "adults", "everybody"]} />
            <Field label="Anything else? (optional)" wide>
                {(id) => <textarea id={id} name="creative_notes" rows={2} maxLength={2000} />}
            </Field>
            <button type="submit">Make the story</button>
        </form>
    );
}
