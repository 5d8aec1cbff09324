# A hub process for tests of the supervisor: what it does is its first word. A shell, since it starts in no time.
started='{"event":"hub-started","hub":"ab","name":"fake","mqttPort":1,"url":"http://127.0.0.1:1","startMs":1}'
stay() { while :; do sleep 0.05; done; }

case "$1" in
  run)
    trap 'echo "{\"event\":\"hub-stopped\",\"hub\":\"ab\"}"; exit 0' TERM
    echo "$started"
    stay
    ;;
  die)
    echo "$started"
    echo "a last word" >&2
    exit 1
    ;;
  hopeless)
    echo '{"error":{"code":"PORT_IN_USE","message":"port 1883 is taken","remedy":"choose another"}}'
    exit 3
    ;;
  deaf)
    trap '' TERM
    echo "$started"
    stay
    ;;
  *) echo "nonsense" ;;
esac
