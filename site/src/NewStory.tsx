import { type FormEvent, useRef } from "react";
import { useLocation } from "wouter";
import type { StoryRequest } from "./api.ts";
import { Field, Options } from "./fields.tsx";
import { PipelineProgress } from "./PipelineProgress.tsx";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";
import { useStoryRun } from "./storyRun.ts";

/** The form for a story, and the pipeline's progress once it has been sent. */
export function NewStory() {
    const [, go] = useLocation();
    const { progress, failure, start, stop } = useStoryRun((id) => go(`/stories/${id}`));
    // What was wished for stands in the form again when the run fails.
    const last = useRef<StoryRequest>(undefined);

    if (progress) {
        return <PipelineProgress progress={progress} onStop={stop} />;
    }
    const unfinished = failure?.sessionId;
    return (
        <section className="page">
            <Heading />
            <Problem error={failure?.error}>
                {unfinished && (
                    <button type="button" className="quiet" onClick={() => start({ session_id: unfinished })}>
                        Continue that story
                    </button>
                )}
            </Problem>
            <WishForm
                initial={last.current}
                onSubmit={(wish) => {
                    last.current = wish;
                    start(wish);
                }}
            />
        </section>
    );
}

function Heading() {
    const heading = usePage("New story");
    return (
        <header className="intro">
            <h1 ref={heading} tabIndex={-1}>
                What should the story be about?
            </h1>
            <p>Six agents research, plan, write, edit, cast and record it, and each chapter gets a picture.</p>
        </header>
    );
}

/** The service takes no more. */
const LONGEST_TOPIC = 500;
const LONGEST_NOTES = 4000;

interface WishFormProps {
    initial: StoryRequest | undefined;
    onSubmit: (wish: StoryRequest) => void;
}

function WishForm({ initial, onSubmit }: WishFormProps) {
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
    const options = (name: keyof StoryRequest, label: string, words: string[]) => (
        <Options label={label} name={name} options={words} initial={initial?.[name]} />
    );

    return (
        <form className="card wish" onSubmit={submit} aria-label="New story">
            <Field label="Topic" wide>
                {(id) => (
                    <textarea
                        id={id}
                        name="topic"
                        className="topic"
                        rows={3}
                        required
                        // Spaces alone are no topic.
                        onInput={({ currentTarget: it }) =>
                            it.setCustomValidity(it.value && !it.value.trim() ? "Say what the story is about." : "")
                        }
                        maxLength={LONGEST_TOPIC}
                        defaultValue={initial?.topic}
                        placeholder="A lighthouse keeper who collects lost messages"
                    />
                )}
            </Field>
            {options("story_type", "Kind", ["fiction", "non-fiction"])}
            {options("length", "Length", ["short", "medium", "long"])}
            {options("tone_style", "Tone", ["warm", "funny", "adventurous", "mysterious", "calm"])}
            {options("target_audience", "For", ["children", "teenagers", "adults", "everybody"])}
            <Field label="Anything else? (optional)" wide>
                {(id) => (
                    <textarea
                        id={id}
                        name="creative_notes"
                        rows={2}
                        maxLength={LONGEST_NOTES}
                        defaultValue={initial?.creative_notes}
                        placeholder="Names, places, what must not happen"
                    />
                )}
            </Field>
            <button type="submit">Make the story</button>
        </form>
    );
}
