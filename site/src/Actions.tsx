import { useRef, useState } from "react";
import { useLocation } from "wouter";
import { deleteStory, download, type StoryDetail } from "./api.ts";
import { Problem } from "./Problem.tsx";

/** What can be done with a story as a whole. */
export function Actions({ story }: { story: StoryDetail }) {
    const { session_id: id, title, structured_story: written } = story;
    const [error, setError] = useState<unknown>();
    const save = (format: "txt" | "json") => async () => {
        setError(undefined);
        try {
            await download(id, format, title);
        } catch (problem) {
            setError(problem);
        }
    };
    return (
        <footer className="actions">
            {written && (
                <>
                    <button type="button" className="quiet" onClick={save("txt")}>
                        Download as text
                    </button>
                    <button type="button" className="quiet" onClick={save("json")}>
                        Download as JSON
                    </button>
                </>
            )}
            <Delete id={id} title={title} />
            <Problem error={error} />
        </footer>
    );
}

/** Asks before it deletes: nothing brings a story back. */
function Delete({ id, title }: { id: string; title: string }) {
    const dialog = useRef<HTMLDialogElement>(null);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();
    const [, go] = useLocation();

    async function remove() {
        setBusy(true);
        setError(undefined);
        try {
            await deleteStory(id);
            go("/stories");
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    }

    return (
        <>
            <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
                Delete
            </button>
            <dialog ref={dialog} className="card" aria-labelledby="delete-title">
                <h2 id="delete-title">Delete this story?</h2>
                <p>“{title}” will be deleted with its pictures and its narration. This can't be undone.</p>
                <Problem error={error} />
                <div className="buttons">
                    <button type="button" className="quiet" onClick={() => dialog.current?.close()} disabled={busy}>
                        Keep it
                    </button>
                    <button type="button" className="danger" onClick={remove} disabled={busy}>
                        {busy ? "Deleting…" : "Delete it"}
                    </button>
                </div>
            </dialog>
        </>
    );
}
