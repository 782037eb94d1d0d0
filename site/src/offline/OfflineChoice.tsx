import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../session.ts";
import { canKeep } from "./kept.ts";
import { offlineReader, removeOfflineReader, setOfflineReader } from "./reader.ts";

/** Whether what was opened can be read offline after the tab is closed, too: for a device of one's own. */
export function OfflineChoice() {
    const { t } = useTranslation();
    const session = useSession();
    const [isWanted, setWanted] = useState(offlineReader()?.sub === session?.sub);
    function choose(wanted: boolean) {
        if (wanted && session) {
            setOfflineReader(session);
        } else {
            removeOfflineReader();
        }
        setWanted(wanted);
    }
    if (!canKeep) {
        return null;
    }
    return (
        <label className="offline-choice">
            <input type="checkbox" checked={isWanted} onChange={({ currentTarget: it }) => choose(it.checked)} />
            <span>{t("This device is mine: let me read what I have opened offline, until I sign out.")}</span>
        </label>
    );
}
