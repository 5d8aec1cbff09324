/** Small things that several parts of the page show. */
import type { ComponentChildren } from "preact";

export function ReplayBadge() {
  return (
    <span class="badge badge-replay" title="Recorded data, played back; not measured now">
      Replay
    </span>
  );
}

/** Four bars: the steps are those at which BLE reception gets worse in practice. */
export function Signal({ rssiDbm }: { readonly rssiDbm: number }) {
  const bars = rssiDbm >= -60 ? 4 : rssiDbm >= -72 ? 3 : rssiDbm >= -84 ? 2 : 1;
  return (
    <span class="signal" title={`Signal strength ${rssiDbm} dBm`}>
      <svg viewBox="0 0 16 12" width="16" height="12" aria-hidden="true">
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            class={bar < bars ? "bar-on" : "bar-off"}
            x={bar * 4.2}
            y={9 - bar * 3}
            width="2.8"
            height={3 + bar * 3}
            rx="1"
          />
        ))}
      </svg>
      <span>{String(rssiDbm).replace("-", "−")}</span>
      <span class="visually-hidden"> dBm signal</span>
    </span>
  );
}

export function Card(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="card" id={props.id} aria-labelledby={`${props.id}-title`}>
      <header class="card-head">
        <h2 id={`${props.id}-title`}>{props.title}</h2>
        {props.aside}
      </header>
      {props.children}
    </section>
  );
}

export function Dot({ tone }: { readonly tone: string }) {
  return <span class={`dot dot-${tone}`} aria-hidden="true" />;
}

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
      <path d="M9 22 16 9l7 13Z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round" />
      <circle cx="16" cy="8.5" r="4" fill="currentColor" />
      <circle cx="8.5" cy="22.5" r="4" fill="currentColor" />
      <circle cx="23.5" cy="22.5" r="4" fill="currentColor" />
    </svg>
  );
}
