import { memo, useEffect, useState } from "react"
import { ArrowRight, CircleCheck, CircleSlash, Clock, ShieldAlert, TriangleAlert } from "lucide-react"

// What was chosen, by id: the chat makes an element anew when its conversation gets an address, or is opened again.
// A one-time secret is kept here alone: a reload forgets it.
const kept = new Map()

const css = `
.hub-plan { border: 1px solid hsl(var(--border)); border-radius: 0.6rem; overflow: hidden; font-size: 0.875rem; background: hsl(var(--background)); width: 100%; max-width: 46rem; }
.hub-plan.dangerous { border-color: hsl(0 72% 51% / 0.65); }
.hub-plan header { display: flex; gap: 0.6rem; align-items: center; padding: 0.7rem 0.9rem; border-bottom: 1px solid hsl(var(--border)); background: hsl(var(--muted)); }
.hub-plan.dangerous header { background: hsl(0 72% 51% / 0.1); border-color: hsl(0 72% 51% / 0.3); }
.hub-plan header svg { width: 1.1rem; height: 1.1rem; flex: none; color: hsl(var(--primary)); }
.hub-plan.dangerous header svg { color: hsl(0 72% 51%); }
.hub-plan h3 { font-weight: 650; overflow-wrap: anywhere; }
.hub-plan .body { padding: 0.7rem 0.9rem; display: grid; gap: 0.8rem; }
.hub-plan .changes { display: grid; max-height: 22rem; overflow: auto; }
.hub-plan .changes:focus-visible { outline: 2px solid hsl(var(--ring)); }
.hub-plan .changes li { display: grid; grid-template-columns: minmax(9rem, 6fr) minmax(0, 4fr) auto minmax(0, 4fr); gap: 0.2rem 0.6rem; padding: 0.35rem 0; border-bottom: 1px solid hsl(var(--border) / 0.6); align-items: baseline; }
.hub-plan .changes li:last-child { border-bottom: 0; }
.hub-plan .changes .what { font-weight: 550; overflow-wrap: anywhere; }
.hub-plan .changes svg { width: 0.85rem; height: 0.85rem; opacity: 0.5; align-self: start; margin-top: 0.25rem; }
.hub-plan .changes span { overflow-wrap: anywhere; }
.hub-plan .before { color: hsl(var(--muted-foreground)); }
.hub-plan .gone { text-decoration: line-through; }
.hub-plan .quiet { color: hsl(var(--muted-foreground)); }
.hub-plan .warnings { display: grid; gap: 0.25rem; border: 1px solid hsl(38 92% 50% / 0.6); background: hsl(38 92% 50% / 0.12); border-radius: 0.5rem; padding: 0.5rem 0.7rem; }
.hub-plan .warnings li { display: flex; gap: 0.5rem; align-items: flex-start; overflow-wrap: anywhere; }
.hub-plan .warnings svg { width: 0.95rem; height: 0.95rem; flex: none; margin-top: 0.15rem; color: hsl(32 95% 44%); }
.hub-plan fieldset { display: grid; gap: 0.35rem; }
.hub-plan legend, .hub-plan .label { font-weight: 550; padding: 0; margin-bottom: 0.2rem; display: block; }
.hub-plan fieldset label { display: flex; gap: 0.5rem; align-items: center; width: fit-content; }
.hub-plan input[type="text"] { width: 100%; max-width: 20rem; padding: 0.4rem 0.6rem; border: 1px solid hsl(var(--input)); border-radius: 0.4rem; background: hsl(var(--background)); }
.hub-plan input:focus-visible, .hub-plan button:focus-visible { outline: 2px solid hsl(var(--ring)); outline-offset: 1px; }
.hub-plan .buttons { display: flex; gap: 0.5rem; flex-wrap: wrap; align-items: center; }
.hub-plan button { padding: 0.4rem 0.9rem; border-radius: 0.45rem; border: 1px solid hsl(var(--border)); font-weight: 550; cursor: pointer; }
.hub-plan button:hover:not(:disabled) { background: hsl(var(--muted)); }
.hub-plan button:disabled { opacity: 0.5; cursor: default; }
.hub-plan button.go { background: hsl(var(--primary)); color: hsl(var(--primary-foreground)); border-color: transparent; }
.hub-plan button.go:hover:not(:disabled) { background: hsl(var(--primary) / 0.88); }
.hub-plan.dangerous button.go { background: hsl(0 72% 43%); color: white; }
.hub-plan.dangerous button.go:hover:not(:disabled) { background: hsl(0 72% 38%); }
.hub-plan .state { display: flex; gap: 0.5rem; align-items: flex-start; overflow-wrap: anywhere; }
.hub-plan .state svg { width: 1rem; height: 1rem; flex: none; margin-top: 0.12rem; }
.hub-plan .state.done svg { color: hsl(142 70% 36%); }
.hub-plan .work { display: grid; gap: 0.35rem; }
.hub-plan .error { color: hsl(0 72% 45%); overflow-wrap: anywhere; }
.dark .hub-plan .error { color: hsl(0 85% 72%); }
.hub-plan .secret { display: grid; gap: 0.4rem; border: 1px dashed hsl(var(--primary)); border-radius: 0.5rem; padding: 0.6rem 0.8rem; }
.hub-plan .secret code { font-size: 1rem; user-select: all; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  .hub-plan .changes li { grid-template-columns: minmax(0, 1fr) auto minmax(0, 1fr); }
  .hub-plan .changes .what { grid-column: 1 / -1; }
}
`

const said = {
  cancelled: "Cancelled. Nothing was changed.",
  expired: "This plan has expired. Nothing was changed; ask again for a new one.",
  stale: "Things had changed since this was planned. Nothing was done; ask again for a new plan.",
  elsewhere: "This plan was made in another session, and only its buttons there carry it out.",
  gone: "This plan is no longer known. Ask again for a new one.",
  none: "This is what would change; it is carried out in the chat, by a button.",
}
const icons = { done: CircleCheck, expired: Clock, stale: Clock }

function Plan({ props, callAction }) {
  const [now, setNow] = useState(kept.get(props.id) || { state: props.ref ? "looking" : "none", chosen: {} })
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState("")

  const keep = (next) => {
    const whole = { ...(kept.get(props.id) || now), ...next }
    kept.set(props.id, whole)
    setNow(whole)
  }

  const call = async (name, payload) => {
    let answer
    try {
      answer = (await callAction({ name, payload }))?.response
    } catch {
      answer = null
    }
    return answer || { error: "The hub did not answer. Reload the page to see how this stands." }
  }

  const look = async () => {
    if (!props.ref) return
    const answer = await call("look_at_plan", { ref: props.ref })
    if (answer.error) return setError(answer.error)
    if (kept.get(props.id)?.progress) setError("")
    keep({ state: answer.state, said: answer.said, plan_id: answer.plan_id, progress: answer.progress })
  }

  useEffect(() => {
    look()
    const again = () => document.visibilityState === "visible" && look()
    document.addEventListener("visibilitychange", again)
    window.addEventListener("focus", again)
    return () => {
      document.removeEventListener("visibilitychange", again)
      window.removeEventListener("focus", again)
    }
  }, [])

  const working = Boolean(now.progress)
  useEffect(() => {
    if (!working) return
    const timer = setInterval(look, 700)
    return () => clearInterval(timer)
  }, [working])

  const press = async (name, payload) => {
    setBusy(true)
    setError("")
    const answer = await call(name, { plan_id: now.plan_id, ...payload })
    setBusy(false)
    if (!answer.error) return keep({ state: answer.state, said: answer.said, secret: answer.secret, progress: answer.progress, plan_id: "" })
    setError(answer.error)
    look()
  }

  const open = now.state === "open" || (now.state === "looking")
  const choices = props.choices.filter((choice) => !choice.needs || now.chosen[choice.needs[0]] === choice.needs[1])
  const decided = choices.every((choice) => (now.chosen[choice.name] || "").trim())
  const choose = (name, value) => keep({ chosen: { ...now.chosen, [name]: value } })
  const Head = props.dangerous ? ShieldAlert : ArrowRight
  const [done, total] = now.progress || [0, 0]
  const StateIcon = icons[now.state] || CircleSlash

  return (
    <section className={`hub-plan not-prose ${props.dangerous ? "dangerous" : ""}`} aria-label={props.title} aria-busy={busy}>
      <style>{css}</style>
      <header><Head aria-hidden="true" /><h3>{props.title}</h3></header>
      <div className="body">
        <ul className="changes" tabIndex={props.changes.length > 6 ? 0 : undefined} aria-label="What changes">
          {props.changes.map((change, index) => (
            <li key={index}>
              <span className="what">{change.what}</span>
              <span className={`before ${change.after === null ? "gone" : ""}`}><span className="sr-only">before: </span>{change.before ?? "—"}</span>
              <ArrowRight aria-hidden="true" />
              <span><span className="sr-only">after: </span>{change.after ?? "gone"}</span>
            </li>
          ))}
          {props.left_out ? <li><span className="quiet">and {props.left_out} more</span></li> : null}
        </ul>
        {props.warnings.length ? (
          <ul className="warnings">
            {props.warnings.map((warning, index) => <li key={index}><TriangleAlert aria-hidden="true" /><span>{warning}</span></li>)}
          </ul>
        ) : null}
        {open ? choices.map((choice) => choice.options.length ? (
          <fieldset key={choice.name} disabled={busy}>
            <legend>{choice.title}</legend>
            {choice.options.map(([value, title]) => (
              <label key={value}>
                <input type="radio" name={`${props.id}-${choice.name}`} value={value} checked={now.chosen[choice.name] === value} onChange={() => choose(choice.name, value)} />
                {title}
              </label>
            ))}
          </fieldset>
        ) : (
          <label key={choice.name}>
            <span className="label">{choice.title}</span>
            <input type="text" disabled={busy} value={now.chosen[choice.name] || ""} onChange={(event) => choose(choice.name, event.target.value)} />
          </label>
        )) : null}
        {error ? <div role="alert" className="error">{error}</div> : null}
        {open ? (
          <div className="buttons">
            <button type="button" className="go" disabled={busy || !now.plan_id || !decided} onClick={() => press("confirm_plan", { choices: now.chosen })}>{props.button}</button>
            <button type="button" disabled={busy || !now.plan_id} onClick={() => press("abandon_plan", {})}>Cancel</button>
            <span className="quiet">Nothing changes until you press {props.button}.</span>
          </div>
        ) : working ? (
          <div className="work">
            <progress aria-label={props.title} max={Math.max(total, 1)} value={total ? done : undefined} />
            <span role="status" className="quiet">{total ? `${Math.floor((100 * done) / total)}% done. It goes on without this page.` : "It begins…"}</span>
          </div>
        ) : (
          <div role="status" className={`state ${now.state}`}><StateIcon aria-hidden="true" /><span>{now.said || said[now.state]}</span></div>
        )}
        {now.secret ? (
          <div className="secret">
            <span>One-time secret, shown only now. It signs in once, and must then be changed.</span>
            <code>{now.secret}</code>
            <div className="buttons">
              <button type="button" onClick={() => navigator.clipboard?.writeText(now.secret)}>Copy</button>
              <button type="button" onClick={() => keep({ secret: "" })}>Hide it</button>
            </div>
          </div>
        ) : null}
      </div>
    </section>
  )
}

const Same = hub.once("Plan", () => memo(Plan))
export default <Same props={props} callAction={callAction} />
