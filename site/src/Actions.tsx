import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { type AudioState, getFile, narrationState, type StoryDetail, save } from "./api.ts";
import { printStory } from "./give/print.ts";
import { removeStory } from "./offline/kept.ts";
import { Problem } from "./Problem.tsx";

interface ActionsProps {
    story: StoryDetail;
    /** The state of its narration, once it is known. */
    narration: AudioState | undefined;
}

/** The actions on a whole story. */
export function Actions({ story, narration }: ActionsProps) {
    const { t } = useTranslation();
    const { session_id: id, title, structured_story: written } = story;
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();
    const saved = (ending: string, make: () => Promise<Blob>) => async () => {
        setBusy(true);
        setError(undefined);
        try {
            save(await make(), title, ending);
        } catch (problem) {
            setError(problem);
        }
        setBusy(false);
    };
    const asBook = async () => {
        const { bookOf } = await import("./give/makeBook.ts");
        return await bookOf(story, narration ?? (await narrationState(id)), t);
    };
    return (
        <footer className="actions">
            {written && (
                <>
                    <button type="button" className="quiet" onClick={printStory}>
                        {t("Print or save as PDF")}
                    </button>
                    <button type="button" className="quiet" onClick={saved("epub", asBook)} disabled={busy}>
                        {t("Save as an e-book")}
                    </button>
                    <button
                        type="button"
                        className="quiet"
                        onClick={saved("txt", () => getFile(id, "txt"))}
                        disabled={busy}
                    >
                        {t("Download as text")}
                    </button>
                    <button
                        type="button"
                        className="quiet"
                        onClick={saved("json", () => getFile(id, "json"))}
                        disabled={busy}
                    >
                        {t("Download as JSON")}
                    </button>
                </>
            )}
            <Delete id={id} title={title} />
            <Problem error={error} />
        </footer>
    );
}

/** Asks before it deletes: a deletion is final. */
function Delete({ id, title }: { id: string; title: string }) {
    const { t } = useTranslation();
    const dialog = useRef<HTMLDialogElement>(null);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();
    const [, go] = useLocation();

    async function remove() {
        setBusy(true);
        setError(undefined);
        try {
            await removeStory(id);
            go("/stories");
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    }

    return (
        <>
            <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
                {t("Delete")}
            </button>
            <dialog ref={dialog} className="card" aria-labelledby="delete-title">
                <h2 id="delete-title">{t("Delete this story?")}</h2>
                <p>
                    {t("“{{title}}” will be deleted with its pictures and its narration. This can't be undone.", {
                        title,
                    })}
                </p>
                <Problem error={error} />
                <div className="buttons">
                    <button type="button" className="quiet" onClick={() => dialog.current?.close()} disabled={busy}>
                        {t("Keep it")}
                    </button>
                    <button type="button" className="danger" onClick={remove} disabled={busy}>
                        {busy ? t("Deleting…") : t("Delete it")}
                    </button>
                </div>
            </dialog>
        </>
    );
}
