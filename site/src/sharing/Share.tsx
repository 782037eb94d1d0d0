import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type StoryDetail, sharedPageAddress, shareStory, unshareStory } from "../api.ts";
import { Problem } from "../Problem.tsx";

/** Shares a finished story by a link, and revokes the link. */
export function Share({ story }: { story: StoryDetail }) {
    const { t } = useTranslation();
    const { session_id: id } = story;
    const [token, setToken] = useState(story.link_token);
    const [isCopied, setCopied] = useState(false);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>();

    const change = (work: () => Promise<string | undefined>) => async () => {
        setBusy(true);
        setError(undefined);
        setCopied(false);
        try {
            setToken(await work());
        } catch (problem) {
            setError(problem);
        }
        setBusy(false);
    };
    const share = change(async () => (await shareStory(id)).token);
    const takeBack = change(async () => {
        await unshareStory(id);
        return undefined;
    });

    if (token === undefined) {
        return (
            <>
                <button type="button" className="quiet" onClick={share} disabled={busy}>
                    {t("Share by a link")}
                </button>
                <Problem error={error} />
            </>
        );
    }
    const address = new URL(sharedPageAddress(token), location.href).href;
    return (
        <section className="card sharing" aria-label={t("Sharing")}>
            <p>{t("Anybody who has this link can read and hear the story, without an account.")}</p>
            <p className="address">
                <a href={address} dir="ltr">
                    {address}
                </a>
            </p>
            <div className="buttons">
                <button
                    type="button"
                    onClick={async () => {
                        await navigator.clipboard.writeText(address).then(() => setCopied(true), setError);
                    }}
                >
                    {isCopied ? t("Copied") : t("Copy the link")}
                </button>
                <button type="button" className="quiet" onClick={takeBack} disabled={busy}>
                    {t("Take the link back")}
                </button>
            </div>
            <Problem error={error} />
        </section>
    );
}
