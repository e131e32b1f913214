/* Signs of written music as MusicXML: keys, metres, clefs, tempi, labels, directives. */
#include "musicxml_write.h"

#define PUT(...) NEUME_TRY(neume__xml_put(p, __VA_ARGS__))

neume_status neume__xml_put_key(neume__xml_printer *p, const neume_key *key) {
    static const char *const signature[] = {"F", "C", "G", "D", "A", "E", "B"};
    static const int8_t steps[] = {3, 0, 4, 1, 5, 2, 6};
    bool plain = key->mode != NEUME_MODE_NONE && !key->own;
    bool empty = true;
    for (int i = 0; i < 7; i++) empty &= !key->alter[i];
    if (plain || (key->mode == NEUME_MODE_NONE && empty)) {
        PUT("<key><fifths>%d</fifths><mode>%s</mode></key>", neume_key_fifths(key),
            neume_mode_name((neume_mode)key->mode));
        return NEUME_OK;
    }
    PUT("<key id=\"key.%d.%d.%d.%d\">", ++p->keys, key->tonic_step, key->tonic_alter + 2, key->mode);
    if (empty) PUT("<fifths>0</fifths>");
    for (int i = 0; i < 7; i++)
        if (key->alter[steps[i]])
            PUT("<key-step>%s</key-step><key-alter>%d</key-alter>", signature[i], key->alter[steps[i]]);
    PUT("</key>");
    return NEUME_OK;
}

neume_status neume__xml_put_metre(neume__xml_printer *p, const neume_metre *metre) {
    if (metre->beats <= 0) return neume__xml_put(p, "<time><senza-misura/></time>");
    const char *symbol = metre->sign == 'C' ? " symbol=\"common\"" : metre->sign ? " symbol=\"cut\"" : "";
    PUT("<time%s><beats>", symbol);
    if (metre->sum)
        NEUME_TRY(neume__xml_put_text(p, metre->sum));
    else
        PUT("%d", metre->beats);
    PUT("</beats><beat-type>%d</beat-type></time>", metre->unit);
    return NEUME_OK;
}

neume_status neume__xml_put_clef(neume__xml_printer *p, neume_clef clef, int staff) {
    int line;
    const char *sign = neume__clef_name(clef.sign, &line);
    if (staff)
        PUT("<clef number=\"%d\">", staff);
    else
        PUT("<clef>");
    PUT("<sign>%s</sign>", sign);
    if (line) PUT("<line>%d</line>", line);
    if (clef.octave) PUT("<clef-octave-change>%d</clef-octave-change>", clef.octave);
    PUT("</clef>");
    return NEUME_OK;
}

static neume_status put_beat(neume__xml_printer *p, int64_t beat) {
    neume__xml_piece pieces[NEUME__XML_PIECES];
    neume_item item = {.ticks = beat, .tuplet = -1};
    int count = neume__xml_pieces(NULL, &item, pieces);
    for (int i = 0; i < count; i++) {
        if (i) PUT("<beat-unit-tied>");
        PUT("<beat-unit>%s</beat-unit>", neume__type_name(pieces[i].type));
        for (int d = 0; d < pieces[i].dots; d++) PUT("<beat-unit-dot/>");
        if (i) PUT("</beat-unit-tied>");
    }
    return NEUME_OK;
}

/* The tempo of the whole piece is a directive, one on the way is none. */
neume_status neume__xml_put_tempo(neume__xml_printer *p, const neume_tempo *tempo, bool head) {
    if (!tempo->beat && !tempo->text) return NEUME_OK;
    PUT("<direction placement=\"above\" directive=\"%s\">", head ? "yes" : "no");
    if (tempo->text) {
        PUT("<direction-type><words font-weight=\"bold\">");
        NEUME_TRY(neume__xml_put_text(p, tempo->text));
        PUT("</words></direction-type>");
    }
    if (tempo->beat) {
        PUT("<direction-type><metronome>");
        NEUME_TRY(put_beat(p, tempo->beat));
        PUT("<per-minute>%.10g</per-minute></metronome></direction-type><sound tempo=\"%.10g\"/>", tempo->per_minute,
            tempo->per_minute * (double)tempo->beat / (double)(NEUME_WHOLE / 4));
    }
    PUT("</direction>\n");
    return NEUME_OK;
}

static neume_status put_text_direction(neume__xml_printer *p, const neume__xml_voice *v, const char *element,
                                       const char *prefix, const char *text) {
    PUT("<direction placement=\"above\"><direction-type><%s>%s", element, prefix);
    NEUME_TRY(neume__xml_put_text(p, text));
    PUT("</%s></direction-type>", element);
    if (v->number > 1) PUT("<voice>%d</voice>", v->number);
    if (v->number > 1 && v->staff) PUT("<staff>%d</staff>", v->staff);
    PUT("</direction>\n");
    return NEUME_OK;
}

neume_status neume__xml_put_sign(neume__xml_printer *p, const neume__xml_voice *v, const neume_item *item) {
    const neume_voice *voice = v->voice;
    switch (item->kind) {
    case NEUME_ITEM_KEY:
        PUT("<attributes>");
        NEUME_TRY(neume__xml_put_key(p, &voice->keys[item->first]));
        break;
    case NEUME_ITEM_METRE:
        PUT("<attributes>");
        NEUME_TRY(neume__xml_put_metre(p, &voice->metres[item->first]));
        break;
    case NEUME_ITEM_CLEF:
        PUT("<attributes>");
        NEUME_TRY(neume__xml_put_clef(p, voice->clefs[item->first], v->staff));
        break;
    case NEUME_ITEM_TEMPO:
        return neume__xml_put_tempo(p, &voice->tempi[item->first], false);
    case NEUME_ITEM_LABEL:
        return put_text_direction(p, v, "rehearsal", "", voice->texts[item->first]);
    case NEUME_ITEM_DIRECTIVE:
        return put_text_direction(p, v, "other-direction", "I:", voice->texts[item->first]);
    default:
        return NEUME_OK;
    }
    PUT("</attributes>\n");
    return NEUME_OK;
}
