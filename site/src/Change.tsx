import { type FormEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "./Problem.tsx";

interface ChangeProps {
    /** The name of the changed part, such as `picture 2`. */
    what: string;
    /** Requests the change from the service. */
    apply: (wish: string) => Promise<unknown>;
    /** Shows the result. */
    done: () => Promise<void>;
}

/** The person opened the form, so its field gets the focus. */
const focus = (input: HTMLInputElement | null) => input?.focus();

/** A small form that regenerates one part of a story. */
export function Change({ what, apply, done }: ChangeProps) {
    const { t } = useTranslation();
    const [open, setOpen] = useState(false);
    const wasOpen = useRef(false);
    // Returns the focus to the button after the form is closed.
    const back = (button: HTMLButtonElement | null) => {
        if (button && wasOpen.current) {
            wasOpen.current = false;
            button.focus();
        }
    };
    const close = () => {
        wasOpen.current = true;
        setOpen(false);
    };

    return open ? (
        <ChangeForm what={what} apply={apply} done={done} close={close} />
    ) : (
        <button
            type="button"
            className="change-button"
            ref={back}
            onClick={() => setOpen(true)}
            aria-label={t("Change {{what}}", { what })}
            title={t("Change {{what}}", { what })}
        >
            <svg viewBox="0 0 20 20" aria-hidden="true">
                <path d="M3 17l1-4 9.5-9.5a1.4 1.4 0 0 1 2 0l1 1a1.4 1.4 0 0 1 0 2L7 16zM12 5l3 3" />
            </svg>
        </button>
    );
}

function ChangeForm({ what, apply, done, close }: ChangeProps & { close: () => void }) {
    const { t } = useTranslation();
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
            close();
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    }

    return (
        <form
            className="change"
            onSubmit={submit}
            onKeyDown={({ key }) => key === "Escape" && !busy && close()}
            aria-label={t("Change {{what}}", { what })}
        >
            <label htmlFor={id}>{t("How should {{what}} change?", { what })}</label>
            <input id={id} name="wish" required maxLength={1000} ref={focus} readOnly={busy} />
            <button type="submit" disabled={busy}>
                {busy ? t("Working…") : t("Make it again")}
            </button>
            <button type="button" className="quiet" onClick={close} disabled={busy}>
                {t("Cancel")}
            </button>
            <Problem error={error} />
        </form>
    );
}
