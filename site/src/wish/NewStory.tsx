import { type FormEvent, type RefObject, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import type { StoryRequest } from "../api.ts";
import { Field } from "../fields.tsx";
import { PipelineProgress } from "../making/PipelineProgress.tsx";
import { INITIAL_PROGRESS } from "../making/progress.ts";
import { Problem } from "../Problem.tsx";
import { usePage } from "../page.ts";
import { beginStory, type LastRequest } from "../storyRun.ts";
import { Choice } from "./Choice.tsx";
import { draft, forgetDraft, keepDraft } from "./draft.ts";
import { someIdeas } from "./ideas.ts";
import { Picture } from "./pictures.tsx";

/** The form for a story. The story's own page shows the progress. */
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
            forgetDraft();
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
            <NewStoryForm
                initial={(last.current?.begun ? undefined : last.current?.wish) ?? draft()}
                onSubmit={begin}
            />
        </section>
    );
}

function Heading() {
    const { t } = useTranslation();
    const heading = usePage(t("New story"));
    return (
        <header className="intro">
            <h1 ref={heading} tabIndex={-1}>
                {t("What should the story be about?")}
            </h1>
            <p>{t("Six agents research, plan, write, edit, cast and record it, and each chapter gets a picture.")}</p>
        </header>
    );
}

/** The service's limit. */
const MAX_TOPIC_CHARACTERS = 500;
const MAX_NOTES_CHARACTERS = 4000;

const TONES = ["warm", "funny", "adventurous", "mysterious", "calm"];
const READERS = ["children", "teenagers", "adults", "everybody"];
const LENGTHS = ["short", "medium", "long"];
const KINDS = ["fiction", "non-fiction"];
const IDEAS = 3;

interface NewStoryFormProps {
    initial: StoryRequest | undefined;
    onSubmit: (wish: StoryRequest) => void;
}

function NewStoryForm({ initial, onSubmit }: NewStoryFormProps) {
    const { t } = useTranslation();
    const form = useRef<HTMLFormElement>(null);
    const topic = useRef<HTMLTextAreaElement>(null);
    const [ideas, setIdeas] = useState(() => someIdeas(IDEAS));

    function send(event: FormEvent) {
        event.preventDefault();
        if (form.current) {
            onSubmit(wishIn(form.current));
        }
    }
    const keep = () => form.current && keepDraft(wishIn(form.current));
    function take(idea: string) {
        if (topic.current) {
            topic.current.value = t(idea);
            topic.current.setCustomValidity("");
            topic.current.focus();
            keep();
        }
    }
    const choice = (name: keyof StoryRequest, legend: string, values: string[], hasPictures = false) => (
        <Choice
            legend={legend}
            name={name}
            initial={initial?.[name]}
            options={values.map((value) => ({
                value,
                label: t(`choice ${value}`),
                picture: hasPictures ? <Picture of={value} /> : undefined,
            }))}
        />
    );

    return (
        <form ref={form} className="card wish" onSubmit={send} onInput={keep} aria-label={t("New story")}>
            <Field label="Topic">
                {(id) => (
                    <textarea
                        ref={topic}
                        id={id}
                        name="topic"
                        className="topic"
                        dir="auto"
                        rows={3}
                        required
                        // Spaces alone are not a topic.
                        onInput={({ currentTarget: it }) =>
                            it.setCustomValidity(it.value && !it.value.trim() ? t("Say what the story is about.") : "")
                        }
                        maxLength={MAX_TOPIC_CHARACTERS}
                        defaultValue={initial?.topic}
                        placeholder={t("A lighthouse keeper who collects lost messages")}
                    />
                )}
            </Field>
            <fieldset className="ideas">
                <legend className="unseen">{t("Ideas")}</legend>
                {ideas.map((idea) => (
                    <button key={idea} type="button" className="quiet idea" onClick={() => take(idea)}>
                        {t(idea)}
                    </button>
                ))}
                <button type="button" className="link" onClick={() => setIdeas(someIdeas(IDEAS))}>
                    {t("Other ideas")}
                </button>
            </fieldset>
            {choice("tone_style", t("Tone"), TONES, true)}
            {choice("target_audience", t("For"), READERS, true)}
            {choice("length", t("Length"), LENGTHS)}
            <details open={Boolean(initial?.creative_notes) || initial?.story_type === KINDS[1]}>
                <summary>{t("More wishes")}</summary>
                <div className="further">
                    {choice("story_type", t("Kind"), KINDS)}
                    <Field label="Anything else? (optional)">
                        {(id) => (
                            <textarea
                                id={id}
                                name="creative_notes"
                                dir="auto"
                                rows={2}
                                maxLength={MAX_NOTES_CHARACTERS}
                                defaultValue={initial?.creative_notes}
                                placeholder={t("Names, places, what must not happen")}
                            />
                        )}
                    </Field>
                </div>
            </details>
            <button type="submit">{t("Make the story")}</button>
        </form>
    );
}

function wishIn(element: HTMLFormElement): StoryRequest {
    const form = new FormData(element);
    const text = (name: string) => String(form.get(name) ?? "").trim();
    return {
        topic: text("topic"),
        story_type: text("story_type"),
        length: text("length"),
        tone_style: text("tone_style"),
        target_audience: text("target_audience"),
        creative_notes: text("creative_notes"),
    };
}
