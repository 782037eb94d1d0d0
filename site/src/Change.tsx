import { type FormEvent, useId, useState } from "react";
import { Problem } from "./Problem.tsx";

interface ChangeProps {
    /** What is changed, in words, such as `picture 2`. */
    what: string;
    /** Asks the service for the change. */
    apply: (wish: string) => Promise<unknown>;
    /** Shows the result. */
    done: () => Promise<void>;
}

/** The form was asked for, so the cursor belongs in it. */
const focus = (input: HTMLInputElement | null) => input?.focus();

/** A small form to have one part of a story made again. */
export function Change({ what, apply, done }: ChangeProps) {
    const [open, setOpen] = useState(false);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();
    const id = useId();

    async function submit(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const wish = String(new FormData(event.currentTarget).get("wish"));
        setBusy(true);
        setError(undefined);
        try {
            await apply(wish);
            await done();
            setOpen(false);
        } catch (problem) {
            setError(problem);
        }
        setBusy(false);
    }

    if (!open) {
        return (
            <button type="button" className="quiet small" onClick={() => setOpen(true)} aria-label={`Change ${what}`}>
                Change
            </button>
        );
    }
    return (
        <form className="change" onSubmit={submit}>
            <label htmlFor={id}>How should {what} change?</label>
            <input id={id} name="wish" required maxLength={1000} ref={focus} disabled={busy} />
            <button type="submit" disabled={busy}>
                {busy ? "Working…" : "Make it again"}
            </button>
            <button type="button" className="quiet" onClick={() => setOpen(false)} disabled={busy}>
                Cancel
            </button>
            <Problem error={error} />
        </form>
    );
}
