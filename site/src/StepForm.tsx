import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Field } from "./fields.tsx";
import { Problem } from "./Problem.tsx";

/** Titles, labels, actions and notices are in English: the keys of the translations. */
interface StepFormProps {
    title: string;
    /** Text above the fields. */
    intro?: ReactNode;
    /** The button's label, at rest and while busy. */
    action: [rest: string, busy: string];
    /** Called with a function that returns a field's value. */
    submit: (field: (name: string) => string) => Promise<void>;
    /** An error from outside the form. */
    problem?: unknown;
    notice?: string;
    /** The element that gets the focus when the form appears. Default: none. */
    focus?: "field" | "heading";
    /** Links to other steps. */
    aside?: ReactNode;
    children: ReactNode;
}

/** One step of signing in: a card with few fields and one button. */
export function StepForm({ title, intro, action, submit, problem, notice, focus, aside, children }: StepFormProps) {
    const { t } = useTranslation();
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();
    const form = useRef<HTMLFormElement>(null);
    useEffect(() => {
        if (focus) {
            form.current?.querySelector<HTMLElement>(focus === "field" ? "input:not([hidden])" : "h2")?.focus();
        }
    }, [focus]);

    async function go(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        setBusy(true);
        setError(undefined);
        try {
            await submit((name) => String(fields.get(name) ?? ""));
        } catch (refused) {
            setError(refused);
        }
        setBusy(false);
    }

    return (
        <form className="card step" onSubmit={go} aria-label={t(title)} ref={form}>
            <h2 tabIndex={-1}>{t(title)}</h2>
            {intro && <div className="explained">{intro}</div>}
            {children}
            <p role="status" className="explained">
                {notice && t(notice)}
            </p>
            <Problem error={error ?? problem} />
            <button type="submit" disabled={busy}>
                {t(busy ? action[1] : action[0])}
            </button>
            {aside && <div className="aside">{aside}</div>}
        </form>
    );
}

/** A hidden field with the address, for password managers. */
export function UsernameField({ email }: { email: string }) {
    return <input name="email" type="email" autoComplete="username" defaultValue={email} hidden readOnly />;
}

export function EmailField({ initial }: { initial?: string }) {
    return (
        <Field label="Email">
            {(id) => (
                <input id={id} name="email" type="email" autoComplete="username" defaultValue={initial} required />
            )}
        </Field>
    );
}

export function PasswordField({ label = "Password" }: { label?: string }) {
    return (
        <Field label={label}>
            {(id) => <input id={id} name="password" type="password" autoComplete="current-password" required />}
        </Field>
    );
}

/** A field for a new password, with the user pool's rules beside it. */
export function NewPasswordField({ label = "New password" }: { label?: string }) {
    const { t } = useTranslation();
    return (
        <Field label={label}>
            {(id) => (
                <>
                    <input
                        id={id}
                        name="new_password"
                        type="password"
                        autoComplete="new-password"
                        aria-describedby={`${id}-rules`}
                        required
                    />
                    <p id={`${id}-rules`} className="note">
                        {t(
                            "The longer the better: at least 12 characters, with upper and lower case letters, a digit and a symbol.",
                        )}
                    </p>
                </>
            )}
        </Field>
    );
}

/** Six digits, from a mail or from an authenticator app. */
export function CodeField({ label }: { label: string }) {
    const { t } = useTranslation();
    return (
        <Field label={label}>
            {(id) => (
                <input
                    id={id}
                    name="code"
                    className="code"
                    inputMode="numeric"
                    autoComplete="one-time-code"
                    pattern="\s*\d{6}\s*"
                    title={t("Six digits")}
                    required
                />
            )}
        </Field>
    );
}

/** The choice to stay signed in. */
export function KeepField({ isKept, onChange }: { isKept: boolean; onChange: (isKept: boolean) => void }) {
    const { t } = useTranslation();
    return (
        <label className="check">
            <input type="checkbox" checked={isKept} onChange={({ currentTarget: it }) => onChange(it.checked)} />
            <span>
                {t("Keep me signed in")}
                <span className="note">
                    {t("On a device of your own: until you sign out, you can also read offline what you have opened.")}
                </span>
            </span>
        </label>
    );
}
