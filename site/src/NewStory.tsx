import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { StoryRequest } from "./api.ts";
import { Field, Options } from "./fields.tsx";
import { INITIAL_PROGRESS, PipelineProgress } from "./PipelineProgress.tsx";
import { Problem } from "./Problem.tsx";
import { usePage } from "./page.ts";
import { beginStory, type LastRequest } from "./storyRun.ts";

/** The form for a story. The story's own page shows how it is made. */
export function NewStory({ last }: { last: RefObject<LastRequest | undefined> }) {
    const [, go] = useLocation();
    const [isBeginning, setBeginning] = useState(false);
    const [error, setError] = useState<unknown>();
    const isOpen = useRef(true);
    useEffect(() => {
        isOpen.current = true;
        return () => {
            isOpen.current = false;
        };
    }, []);

    async function begin(wish: StoryRequest) {
        setBeginning(true);
        setError(undefined);
        last.current = { wish };
        try {
            const begun = await beginStory(wish);
            last.current = begun;
            if (isOpen.current) {
                go(`/stories/${begun.begun.id}`);
            }
        } catch (problem) {
            setError(problem);
            setBeginning(false);
        }
    }

    if (isBeginning) {
        return <PipelineProgress progress={INITIAL_PROGRESS} />;
    }
    return (
        <section className="page">
            <Heading />
            <Problem error={error} />
            <NewStoryForm initial={last.current?.begun ? undefined : last.current?.wish} onSubmit={begin} />
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
const MAX_TOPIC_CHARACTERS = 500;
const MAX_NOTES_CHARACTERS = 4000;

interface NewStoryFormProps {
    initial: StoryRequest | undefined;
    onSubmit: (wish: StoryRequest) => void;
}

function NewStoryForm({ initial, onSubmit }: NewStoryFormProps) {
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
                        maxLength={MAX_TOPIC_CHARACTERS}
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
                        maxLength={MAX_NOTES_CHARACTERS}
                        defaultValue={initial?.creative_notes}
                        placeholder="Names, places, what must not happen"
                    />
                )}
            </Field>
            <button type="submit">Make the story</button>
        </form>
    );
}
