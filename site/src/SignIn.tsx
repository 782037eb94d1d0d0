import { type FormEvent, useId, useState } from "react";
import { signIn } from "./api.ts";
import { Problem } from "./Problem.tsx";

export function SignIn() {
    const [error, setError] = useState<unknown>();
    const [busy, setBusy] = useState(false);
    const ids = { email: useId(), password: useId() };

    async function submit(event: FormEvent<HTMLFormElement>) {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        setBusy(true);
        setError(undefined);
        try {
            await signIn(String(form.get("email")), String(form.get("password")));
        } catch (problem) {
            setError(problem);
            setBusy(false);
        }
    }

    return (
        <section className="welcome">
            <div>
                <h1>A story for you, drawn and told aloud</h1>
                <p>
                    Say what it should be about. Six agents research, plan, write, edit, cast and record it while you
                    watch.
                </p>
            </div>
            <form className="card" onSubmit={submit} aria-label="Sign in">
                <label htmlFor={ids.email}>E-mail</label>
                <input id={ids.email} name="email" type="email" autoComplete="username" required />
                <label htmlFor={ids.password}>Password</label>
                <input id={ids.password} name="password" type="password" autoComplete="current-password" required />
                <Problem error={error} />
                <button type="submit" disabled={busy}>
                    {busy ? "Signing in…" : "Sign in"}
                </button>
            </form>
        </section>
    );
}
