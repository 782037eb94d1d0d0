import { useLayoutEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { signOut } from "./account.ts";
import { SignInSteps } from "./SignInSteps.tsx";

/** A dialog over a page whose session has ended; the page keeps its input. */
export function SignInAgain({ email }: { email: string }) {
    const { t } = useTranslation();
    const dialog = useRef<HTMLDialogElement>(null);
    useLayoutEffect(() => {
        const it = dialog.current;
        it?.showModal();
        it?.querySelector<HTMLElement>("[type=password]")?.focus();
        // Closing returns the focus to its previous element.
        return () => it?.close();
    }, []);
    return (
        <dialog
            ref={dialog}
            className="again"
            aria-labelledby="again-title"
            onCancel={(event) => event.preventDefault()}
            // A browser closes the dialog at the second Escape, even if the first was prevented.
            onClose={({ currentTarget: it }) => it.isConnected && !it.open && it.showModal()}
        >
            <div className="explained">
                <p id="again-title">
                    <strong>{t("Your session has ended.")}</strong>{" "}
                    {t("Enter your password to continue; nothing on the page is lost.")}
                </p>
                <button type="button" className="link" onClick={signOut}>
                    {t("Sign out instead")}
                </button>
            </div>
            <SignInSteps email={email} />
        </dialog>
    );
}
